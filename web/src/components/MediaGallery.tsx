"use client";
import { useDeferredValue, useState, type ReactNode } from "react";

import { useMediaList, type Media, type MediaFilter } from "../hooks/media";
import { useT } from "../i18n";
import MediaModal from "./MediaModal";
import { MediaTile } from "./MediaTile";
import { Awaited, Button, Empty, Select } from "./ui";

interface MediaGalleryProps {
  /** What the gallery is of: an entity, a project, everything. */
  readonly of: MediaFilter;
  readonly filters?: boolean;
  /** What else can be done with one. */
  readonly actions?: (media: Media) => ReactNode;
}

type Chosen = Pick<MediaFilter, "mediaType" | "sourceType" | "isAccessible" | "favorite" | "q">;

/** All media of an entity, of a project, or of the user: a grid that opens each in full. */
export function MediaGallery({ of, filters = false, actions }: MediaGalleryProps) {
  const t = useT();
  const [chosen, setChosen] = useState<Chosen>({});
  const list = useMediaList({ ...of, ...useDeferredValue(chosen) });
  const [shown, setShown] = useState<string | null>(null);
  const filtered = JSON.stringify(chosen) !== "{}"; // what is undefined is not written
  return (
    <div className="gallery">
      {filters ? <Filters chosen={chosen} onChange={setChosen} /> : null}
      <Awaited query={{ data: list.items, error: list.error, refetch: list.refetch }}>
        {(items) =>
          items.length === 0 && !list.hasNextPage ? (
            <Empty title={filtered ? t("media.noMatch") : t("media.none")} {...(filtered ? {} : { hint: t("media.noneHint") })} />
          ) : (
            <ul className="tiles" aria-label={t("media.gallery")} aria-busy={list.isPlaceholderData}>
              {items.map((media) => (
                <MediaTile key={media.id} media={media} onOpen={() => setShown(media.id)}>
                  {actions?.(media)}
                </MediaTile>
              ))}
            </ul>
          )
        }
      </Awaited>
      {list.hasNextPage ? (
        <Button busy={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
          {t("app.more")}
        </Button>
      ) : null}
      <MediaModal id={shown} onClose={() => setShown(null)} onOpen={setShown} {...(actions === undefined ? {} : { actions })} />
    </div>
  );
}

function Filters({ chosen, onChange }: { readonly chosen: Chosen; readonly onChange: (chosen: Chosen) => void }) {
  const t = useT();
  const all = ["", t("media.filter.all")] as const;
  const sources = ["generated", "linked", "uploaded", "replaced"] as const;
  const accessible = chosen.isAccessible === undefined ? "" : String(chosen.isAccessible);
  return (
    <search className="filters">
      <div className="field">
        <label htmlFor="media-search">{t("media.search")}</label>
        <input
          id="media-search"
          type="search"
          value={chosen.q ?? ""}
          placeholder={t("media.searchHint")}
          onChange={(event) => onChange({ ...chosen, q: event.target.value === "" ? undefined : event.target.value })}
        />
      </div>
      <Select
        label={t("media.filter.type")}
        value={chosen.mediaType ?? ""}
        onChange={(value) => onChange({ ...chosen, mediaType: (["image", "video"] as const).find((type) => type === value) })}
        options={[all, ["image", t("media.image")], ["video", t("media.video")]]}
      />
      <Select
        label={t("media.filter.source")}
        value={chosen.sourceType ?? ""}
        onChange={(value) => onChange({ ...chosen, sourceType: sources.find((source) => source === value) })}
        options={[all, ...sources.map((source) => [source, t(`media.source.${source}`)] as const)]}
      />
      <Select
        label={t("media.filter.access")}
        value={accessible}
        onChange={(value) => onChange({ ...chosen, isAccessible: value === "" ? undefined : value === "true" })}
        options={[all, ["true", t("media.filter.there")], ["false", t("media.filter.lost")]]}
      />
      <label className="check">
        <input
          type="checkbox"
          checked={chosen.favorite === true}
          onChange={(event) => onChange({ ...chosen, favorite: event.target.checked ? true : undefined })}
        />
        <span>{t("media.filter.favorites")}</span>
      </label>
    </search>
  );
}
