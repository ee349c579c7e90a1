"use client";
import { useCheckAsset } from "../hooks/assets";
import type { Media } from "../hooks/media";
import { useT } from "../i18n";
import { known, useMoment } from "./format";
import { Button, Problem } from "./ui";

const TEXTS = { accessible: "asset.ok", unknown: "asset.unknown", lost: "asset.lost" } as const;
const SIGNS = { accessible: "✓", unknown: "?", lost: "!" } as const;

/** Whether a media's file can be read; `detailed` says why not and when it was looked at, and can look now. */
export function AssetAccessibilityBadge({ media, detailed = false }: { readonly media: Media; readonly detailed?: boolean }) {
  const t = useT();
  const moment = useMoment();
  const check = useCheckAsset();
  const { state, reason, checkedAt } = media.accessibility;
  const badge = (
    <span className={`badge ${state}`}>
      <span aria-hidden="true">{SIGNS[state]}</span> {t(TEXTS[state])}
    </span>
  );
  if (!detailed) return badge;
  return (
    <div className="accessibility">
      {badge}
      {state === "accessible" ? null : <span>{known(t, "asset.reason", reason, "asset.reason.other")}</span>}
      <span className="muted">
        {checkedAt === null ? t("asset.neverChecked") : t("asset.checkedAt", { when: moment(checkedAt) })}
      </span>
      <Button look="quiet" busy={check.isPending} onClick={() => check.mutate(media.id)}>
        {t("asset.check")}
      </Button>
      <Problem error={check.error} />
    </div>
  );
}
