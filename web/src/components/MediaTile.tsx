"use client";
import type { ReactNode } from "react";

import { usePatchMedia, type Media } from "../hooks/media";
import { useT } from "../i18n";
import { AssetAccessibilityBadge } from "./AssetAccessibilityBadge";
import { ReplaceAssetButton } from "./AddAssetButtons";
import { Picture } from "./Picture";
import { Button } from "./ui";

interface MediaTileProps {
  readonly media: Media;
  readonly onOpen: () => void;
  readonly children?: ReactNode;
}

/** One media in a gallery, as the plan draws it: picture, badge, and what to do when the file is lost. */
export function MediaTile({ media, onOpen, children }: MediaTileProps) {
  const t = useT();
  const patch = usePatchMedia();
  return (
    <li className="tile" data-media={media.id}>
      <div className="tile-stage">
        <button type="button" className="tile-picture" onClick={onOpen} aria-label={t("media.open", { name: media.fileName })}>
          <Picture media={media} alt="" />
        </button>
        {media.mediaType === "video" ? (
          <span className="play" aria-hidden="true">
            ▶
          </span>
        ) : null}
        {media.isPrimary ? <span className="badge primary">★ {t("media.primary")}</span> : null}
      </div>
      <div className="tile-foot">
        <span className="tile-name" title={media.fileName}>
          {media.fileName}
        </span>
        <Button
          look="quiet"
          className="icon"
          aria-label={media.favorite ? t("media.unfavorite") : t("media.favorite")}
          aria-pressed={media.favorite}
          onClick={() => patch.mutate({ id: media.id, favorite: !media.favorite })}
        >
          <span aria-hidden="true">{media.favorite ? "♥" : "♡"}</span>
        </Button>
      </div>
      <div className="tile-foot">
        <AssetAccessibilityBadge media={media} />
        <span className="muted">{t(`media.source.${media.sourceType}`)}</span>
      </div>
      <div className="tile-actions">
        {media.accessibility.state === "lost" ? <ReplaceAssetButton media={media} /> : null}
        {children}
      </div>
    </li>
  );
}
