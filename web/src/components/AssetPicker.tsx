"use client";
import { useId } from "react";

import { useMediaList, type Media, type Owner } from "../hooks/media";
import { useT } from "../i18n";
import { LinkAssetButton, UploadButton } from "./AddAssetButtons";
import { Picture } from "./Picture";
import { Button, Problem } from "./ui";

interface AssetPickerProps {
  readonly owner: Owner;
  readonly label: string;
  /** The chosen media's id; empty: none. */
  readonly value: string;
  readonly onChange: (mediaId: string) => void;
}

/** Choose a picture of a gallery, or add one to it and choose that. Shared by all forms that take a picture. */
export function AssetPicker({ owner, label, value, onChange }: AssetPickerProps) {
  const t = useT();
  const name = useId();
  const list = useMediaList({ ...owner, mediaType: "image" });
  const usable = list.items?.filter((media) => media.isAccessible) ?? [];
  const chosen = (media: Media) => onChange(media.id);
  return (
    <fieldset className="picker">
      <legend>{label}</legend>
      <p className="hint">{t("asset.pickerHint")}</p>
      <div className="choices">
        <label className="choice none">
          <input type="radio" name={name} checked={value === ""} onChange={() => onChange("")} />
          <span>{t("generate.noReference")}</span>
        </label>
        {usable.map((media) => (
          <label className="choice" key={media.id}>
            <input type="radio" name={name} checked={value === media.id} onChange={() => onChange(media.id)} />
            <Picture media={media} alt="" />
            <span>
              {media.fileName} ({t(`media.source.${media.sourceType}`)})
            </span>
          </label>
        ))}
      </div>
      <Problem error={list.error} />
      <div className="row">
        {list.hasNextPage ? <Button onClick={() => void list.fetchNextPage()}>{t("app.more")}</Button> : null}
        <UploadButton owner={owner} onAdded={chosen} />
        <LinkAssetButton owner={owner} onAdded={chosen} label={t("asset.link")} />
      </div>
    </fieldset>
  );
}
