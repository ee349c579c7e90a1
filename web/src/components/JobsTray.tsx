"use client";
import * as Dialog from "@radix-ui/react-dialog";
import { useState } from "react";

import { isActive, isFinal, useJobs, type Job } from "../hooks/jobs";
import { useT } from "../i18n";
import { JobRow } from "./JobRow";
import { Button, Empty } from "./ui";

interface JobsTrayProps {
  readonly onShow: (job: Job) => void;
}

const STORED = "studio.jobs.cleared";

/** Everything that is under way, that needs the user, or that has just ended; the same in every tab and after a reload. */
export function JobsTray({ onShow }: JobsTrayProps) {
  const t = useT();
  const jobs = useJobs().data?.items ?? [];
  const [cleared, setCleared] = useState(() => window.localStorage.getItem(STORED) ?? "");
  const shown = jobs.filter((job) => !isFinal(job) || (job.finishedAt ?? job.createdAt) > cleared);
  const active = jobs.filter(isActive).length;
  const waiting = jobs.filter((job) => job.state === "ACTION_REQUIRED").length;
  const clear = () => {
    const now = new Date().toISOString();
    window.localStorage.setItem(STORED, now);
    setCleared(now);
  };
  return (
    <Dialog.Root modal={false}>
      <Dialog.Trigger className="button plain tray-button">
        {active > 0 ? <span className="spinner" aria-hidden="true" /> : null}
        {t("job.tray")}
        {active > 0 ? <span className="count">{t("job.active", { count: active })}</span> : null}
        {waiting > 0 ? <span className="count bad">{t("job.phase.waiting_for_you")}</span> : null}
      </Dialog.Trigger>
      <Dialog.Portal>
        <Dialog.Content className="tray" aria-describedby={undefined}>
          <div className="modal-head">
            <Dialog.Title>{t("job.tray")}</Dialog.Title>
            <Dialog.Close className="button quiet icon" aria-label={t("app.close")}>
              <span aria-hidden="true">✕</span>
            </Dialog.Close>
          </div>
          {shown.length === 0 ? <Empty title={t("job.none")} /> : null}
          <ul aria-live="polite">
            {shown.map((job) => (
              <JobRow key={job.id} job={job} onShow={onShow} />
            ))}
          </ul>
          {shown.some(isFinal) ? (
            <Button look="quiet" onClick={clear}>
              {t("job.dismiss")}
            </Button>
          ) : null}
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
