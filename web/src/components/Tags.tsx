"use client";
import { useState, type SyntheticEvent } from "react";

import { usePatchMedia, type Media } from "../hooks/media";
import { useT } from "../i18n";
import { Button, Problem } from "./ui";

/** The tags of a media: add and remove; and its file name, in Drive too. */
export function Tags({ media }: { readonly media: Media }) {
  const t = useT();
  const patch = usePatchMedia();
  const [tag, setTag] = useState("");
  const add = (event: SyntheticEvent) => {
    event.preventDefault();
    const wanted = tag.trim();
    if (wanted === "" || media.tags.includes(wanted)) return;
    patch.mutate({ id: media.id, tags: [...media.tags, wanted] }, { onSuccess: () => setTag("") });
  };
  return (
    <section className="tags" aria-label={t("media.tags")}>
      <ul>
        {media.tags.map((one) => (
          <li key={one} className="tag">
            {one}
            <Button
              look="quiet"
              className="icon"
              aria-label={t("media.removeTag", { tag: one })}
              onClick={() => patch.mutate({ id: media.id, tags: media.tags.filter((other) => other !== one) })}
            >
              <span aria-hidden="true">✕</span>
            </Button>
          </li>
        ))}
      </ul>
      <form onSubmit={add} className="row">
        <input value={tag} maxLength={50} aria-label={t("media.addTag")} placeholder={t("media.addTag")} onChange={(event) => setTag(event.target.value)} />
        <Button type="submit" busy={patch.isPending} disabled={tag.trim() === ""}>
          {t("media.addTag")}
        </Button>
      </form>
      <Problem error={patch.error} />
    </section>
  );
}
