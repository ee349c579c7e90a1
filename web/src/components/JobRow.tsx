"use client";
import { isActive, useJobAction, type Job } from "../hooks/jobs";
import { useDriveStatus } from "../hooks/drive";
import { useMedia } from "../hooks/media";
import { useEntity } from "../hooks/stories";
import { useStudio } from "../hooks/studio";
import { useI18n, useT } from "../i18n";
import { DriveUsage, GoogleDriveConnectModal } from "./GoogleDriveConnectModal";
import { known, span } from "./format";
import { Picture } from "./Picture";
import { Button, Problem } from "./ui";
import { useState } from "react";

interface JobRowProps {
  readonly job: Job;
  readonly onShow: (job: Job) => void;
}

/** One job: what it is, how far it is, and what can be done about it. */
export function JobRow({ job, onShow }: JobRowProps) {
  const t = useT();
  return (
    <li className="job" data-job={job.id} data-state={job.state}>
      <JobPicture job={job} />
      <div className="job-body">
        <p className="job-title">{t(`job.kind.${job.kind}`, { name: useSubject(job) })}</p>
        {isActive(job) ? <Progress job={job} /> : <Outcome job={job} />}
        <div className="row">
          <JobActions job={job} onShow={onShow} />
        </div>
      </div>
    </li>
  );
}

/** What the job is about, by name. */
function useSubject(job: Job): string {
  const isCharacter = job.entityType === "character";
  const character = useEntity("characters", isCharacter ? job.entityId : "").data;
  const moodboard = useEntity("moodboards", isCharacter ? "" : job.entityId).data;
  return character?.name ?? moodboard?.title ?? "…";
}

function JobPicture({ job }: { readonly job: Job }) {
  const source = useMedia(job.media === undefined ? (job.references[0]?.mediaId ?? null) : null).data;
  const media = job.media ?? source;
  return <div className="job-picture">{media === undefined ? <span className="picture missing" /> : <Picture media={media} alt="" />}</div>;
}

/** The phase in words, a bar, and the time that is left. */
export function Progress({ job }: { readonly job: Job }) {
  const t = useT();
  const percent = job.progress === undefined ? undefined : Math.round(job.progress * 100);
  return (
    <>
      <progress max={100} {...(percent === undefined ? {} : { value: percent })} aria-label={t(`job.phase.${job.phase}`)} />
      <p className="muted">
        {t(`job.phase.${job.phase}`)}
        {job.queuePosition === undefined ? null : ` · ${t("job.position", { position: job.queuePosition })}`}
        {job.etaSeconds === undefined ? null : ` · ${t("job.left", { eta: span(job.etaSeconds, t) })}`}
      </p>
    </>
  );
}

function Outcome({ job }: { readonly job: Job }) {
  const t = useT();
  switch (job.state) {
    case "SUCCEEDED":
      return (
        <p className="good">
          ✓ {t("job.phase.done")} · {t("job.charged", { credits: job.credits.charged })}
        </p>
      );
    case "CANCELLED":
      return <p className="muted">{t("job.cancelled")}</p>;
    case "ACTION_REQUIRED":
      return (
        <>
          <p className="bad">{known(t, "job.action", job.action, "job.action.other")}</p>
          {job.action === "free_storage" ? <DriveUsage /> : null}
        </>
      );
    default:
      return (
        <p className="bad">
          {known(t, "jobError", job.error?.code, job.error?.message ?? "error.other")} {job.error?.charged === false ? t("job.notCharged") : null}
        </p>
      );
  }
}

function JobActions({ job, onShow }: JobRowProps) {
  const t = useT();
  const { language } = useI18n();
  const cancel = useJobAction("cancel");
  const resume = useJobAction("resume");
  const retry = useJobAction("retry");
  const [connecting, setConnecting] = useState(false);
  const connected = useDriveStatus().data?.isConnected === true;
  const { address } = useStudio();
  const problem = cancel.error ?? resume.error ?? retry.error;
  const buttons = [];
  if (job.state === "QUEUED" || job.state === "RUNNING" || job.state === "ACTION_REQUIRED") {
    buttons.push(
      <Button key="cancel" look="quiet" busy={cancel.isPending} onClick={() => cancel.mutate(job.id)}>
        {t("job.cancel")}
      </Button>,
    );
  }
  if (job.state === "ACTION_REQUIRED" && job.action === "connect_drive" && !connected) {
    buttons.push(
      <Button key="connect" look="primary" onClick={() => setConnecting(true)}>
        {t("drive.reconnect")}
      </Button>,
    );
  } else if (job.state === "ACTION_REQUIRED") {
    buttons.push(
      <Button key="resume" look="primary" busy={resume.isPending} onClick={() => resume.mutate(job.id)}>
        {job.action === "free_storage" ? t("job.resume") : t("job.goOn")}
      </Button>,
    );
  }
  if (job.state === "FAILED" || job.state === "CANCELLED") {
    buttons.push(
      <Button key="retry" busy={retry.isPending} onClick={() => retry.mutate(job.id)}>
        {t("job.retry")}
      </Button>,
    );
  }
  if (job.media !== undefined) {
    buttons.push(
      <Button key="show" onClick={() => onShow(job)}>
        {t("job.show")}
      </Button>,
      <a key="download" className="button quiet" href={`${address(job.media.contentUrl)}&download=1`} download={job.media.fileName} hrefLang={language}>
        {t("media.download")}
      </a>,
    );
  }
  return (
    <>
      {buttons}
      <Problem error={problem} />
      <GoogleDriveConnectModal open={connecting} onClose={() => setConnecting(false)} />
    </>
  );
}
