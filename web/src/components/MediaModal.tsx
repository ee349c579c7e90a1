"use client";
import { useState, type ReactNode } from "react";

import { useJobAction } from "../hooks/jobs";
import { useLineage, useMedia, usePatchMedia, type Media } from "../hooks/media";
import { useStudio } from "../hooks/studio";
import { useI18n, useT } from "../i18n";
import { ReplaceAssetButton } from "./AddAssetButtons";
import { AssetAccessibilityBadge } from "./AssetAccessibilityBadge";
import { DeleteMediaModal } from "./DeleteMediaModal";
import { bytes, explained, useMoment } from "./format";
import { Modal } from "./Modal";
import { Picture } from "./Picture";
import { Tags } from "./Tags";
import { useSay } from "./Toasts";
import { Awaited, Button } from "./ui";

interface MediaModalProps {
  readonly id: string | null;
  readonly onClose: () => void;
  readonly onOpen: (id: string) => void;
  readonly actions?: (media: Media) => ReactNode;
}

/** A media in full: the picture or the film, what is known of it, where it came from, and what can be done. */
export default function MediaModal({ id, onClose, onOpen, actions }: MediaModalProps) {
  const t = useT();
  const query = useMedia(id);
  return (
    <Modal open={id !== null} onClose={onClose} title={query.data?.fileName ?? t("app.loading")} wide>
      <Awaited query={query}>
        {(media) => (
          <div className="viewer">
            <div className="stage">{media.mediaType === "video" ? <Film media={media} /> : <Picture media={media} alt={media.fileName} full />}</div>
            <Actions media={media} onDeleted={onClose}>
              {actions?.(media)}
            </Actions>
            <AssetAccessibilityBadge media={media} detailed />
            <Facts media={media} />
            <Tags media={media} />
            <LineageList media={media} onOpen={onOpen} />
          </div>
        )}
      </Awaited>
    </Modal>
  );
}

/** A film with the browser's own controls; the address allows parts to be asked for. */
function Film({ media }: { readonly media: Media }) {
  const { address } = useStudio();
  return (
    // Films are made without speech: there is nothing to caption.
    // eslint-disable-next-line jsx-a11y/media-has-caption
    <video
      key={media.id}
      className="film"
      controls
      playsInline
      preload="metadata"
      poster={address(media.previewUrl)}
      src={address(media.contentUrl)}
      aria-label={media.fileName}
    />
  );
}

function Actions({ media, onDeleted, children }: { readonly media: Media; readonly onDeleted: () => void; readonly children: ReactNode }) {
  const t = useT();
  const say = useSay();
  const { address } = useStudio();
  const patch = usePatchMedia();
  const [deleting, setDeleting] = useState(false);
  const failed = { onError: (error: unknown) => say(explained(error, t), "bad") };
  const content = address(media.contentUrl);
  return (
    <div className="row">
      {children}
      {media.isPrimary ? (
        <span className="badge primary">★ {t("media.primary")}</span>
      ) : (
        <Button busy={patch.isPending} onClick={() => patch.mutate({ id: media.id, isPrimary: true }, failed)}>
          {t("media.setPrimary")}
        </Button>
      )}
      {media.accessibility.state === "lost" ? <ReplaceAssetButton media={media} /> : null}
      {media.jobId === null || media.sourceType !== "generated" ? null : <RegenerateButton jobId={media.jobId} />}
      <a className="button plain" href={`${content}${content.includes("?") ? "&" : "?"}download=1`} download={media.fileName}>
        {t("media.download")}
      </a>
      <a className="button plain" href={media.viewUrl} target="_blank" rel="noreferrer">
        {t("media.openInDrive")}
      </a>
      <Button look="danger" onClick={() => setDeleting(true)}>
        {t("app.delete")}
      </Button>
      <DeleteMediaModal media={media} open={deleting} onClose={() => setDeleting(false)} onDeleted={onDeleted} />
    </div>
  );
}

/** The same wish once more, as a new job at today's price. */
function RegenerateButton({ jobId }: { readonly jobId: string }) {
  const t = useT();
  const say = useSay();
  const retry = useJobAction("retry");
  const press = () =>
    retry.mutate(jobId, {
      onSuccess: () => say(t("generate.started")),
      onError: (error) => say(explained(error, t), "bad"),
    });
  return (
    <Button busy={retry.isPending} onClick={press}>
      {t("media.regenerate")}
    </Button>
  );
}

function Facts({ media }: { readonly media: Media }) {
  const { t, language } = useI18n();
  const moment = useMoment();
  const pixels = media.width === null || media.height === null ? "" : ` · ${media.width} × ${media.height}`;
  const length = media.durationSeconds === undefined ? "" : ` · ${t("generate.seconds", { seconds: media.durationSeconds })}`;
  return (
    <dl className="facts">
      <dt>{t("media.details")}</dt>
      <dd>
        {t("media.facts", { kind: t(`media.source.${media.sourceType}`), size: bytes(media.fileSizeBytes, language) })}
        {pixels}
        {length} · {moment(media.createdAt)} · {t("job.charged", { credits: media.creditsUsed })}
      </dd>
      {media.promptUsed === undefined ? null : (
        <>
          <dt>{t("media.prompt")}</dt>
          <dd>
            {media.promptUsed}
            {media.modelUsed === undefined ? null : <span className="muted"> ({media.modelUsed})</span>}
          </dd>
        </>
      )}
    </dl>
  );
}

function LineageList({ media, onOpen }: { readonly media: Media; readonly onOpen: (id: string) => void }) {
  const t = useT();
  const lineage = useLineage(media.id).data;
  if (lineage === undefined) return null;
  const parts = [
    ["media.madeFrom", lineage.madeFrom],
    ["media.usedIn", lineage.usedIn],
  ] as const;
  return parts.map(([title, list]) =>
    list.length === 0 ? null : (
      <section key={title} className="lineage">
        <h3>{t(title)}</h3>
        <ul>
          {list.map((one) => (
            <li key={`${one.mediaId}-${one.role}-${one.index}`}>
              <LineageLink id={one.mediaId} onOpen={onOpen} />
            </li>
          ))}
        </ul>
      </section>
    ),
  );
}

function LineageLink({ id, onOpen }: { readonly id: string; readonly onOpen: (id: string) => void }) {
  const t = useT();
  const media = useMedia(id).data;
  if (media === undefined) return <span className="muted">{id.slice(0, 8)}</span>;
  return (
    <button type="button" className="lineage-link" onClick={() => onOpen(id)} aria-label={t("media.open", { name: media.fileName })}>
      <Picture media={media} alt="" />
      <span>{media.fileName}</span>
    </button>
  );
}
