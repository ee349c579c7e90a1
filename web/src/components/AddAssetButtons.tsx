"use client";
import { useRef, useState } from "react";

import { useLinkAsset, useReplaceAsset, useUploadAsset } from "../hooks/assets";
import type { Media, Owner } from "../hooks/media";
import { useT } from "../i18n";
import { LinkAssetModal } from "./LinkAssetModal";
import { useSay } from "./Toasts";
import { explained } from "./format";
import { Button } from "./ui";

interface AddProps {
  readonly owner: Owner;
  readonly onAdded?: (media: Media) => void;
}

/** Link a file of the user's Drive to a gallery. */
export function LinkAssetButton({ owner, onAdded, label }: AddProps & { readonly label?: string }) {
  const t = useT();
  const [open, setOpen] = useState(false);
  const link = useLinkAsset(owner);
  return (
    <>
      <Button onClick={() => setOpen(true)}>+ {label ?? t("asset.add")}</Button>
      <LinkAssetModal
        open={open}
        onClose={() => setOpen(false)}
        title={t("asset.link")}
        description={t("asset.pickHint")}
        action={t("asset.link")}
        types={owner.entityType === "character" ? ["image"] : ["image", "video"]}
        send={link}
        onSend={(driveUrl, mediaType) =>
          link.mutate(
            { driveUrl, mediaType },
            {
              onSuccess: (media) => {
                setOpen(false);
                onAdded?.(media);
              },
            },
          )
        }
      />
    </>
  );
}

/** Upload a picture from this device: the plan's "Upload Reference". */
export function UploadButton({ owner, onAdded }: AddProps) {
  const t = useT();
  const say = useSay();
  const input = useRef<HTMLInputElement>(null);
  const upload = useUploadAsset(owner);
  const send = (file: File | undefined) => {
    if (file === undefined) return;
    upload.mutate(file, {
      onSuccess: (media) => onAdded?.(media),
      onError: (error) => say(explained(error, t), "bad"),
    });
  };
  return (
    <>
      <input
        ref={input}
        type="file"
        hidden
        accept="image/png,image/jpeg,image/webp"
        aria-label={t("asset.upload")}
        onChange={(event) => {
          send(event.target.files?.[0]);
          event.target.value = ""; // the same file may be chosen again
        }}
      />
      <Button busy={upload.isPending} title={t("asset.uploadHint")} onClick={() => input.current?.click()}>
        {upload.isPending ? t("asset.uploading") : t("asset.upload")}
      </Button>
    </>
  );
}

/** Put another file in the place of one that is lost. */
export function ReplaceAssetButton({ media }: { readonly media: Media }) {
  const t = useT();
  const [open, setOpen] = useState(false);
  const replace = useReplaceAsset(media.id);
  return (
    <>
      <Button onClick={() => setOpen(true)} aria-label={t("asset.replaceTitle", { name: media.fileName })}>
        {t("asset.replace")}
      </Button>
      <LinkAssetModal
        open={open}
        onClose={() => setOpen(false)}
        title={t("asset.replaceTitle", { name: media.fileName })}
        description={t("asset.replaceHint")}
        action={t("asset.replace")}
        types={[media.mediaType]}
        send={replace}
        onSend={(driveUrl) => replace.mutate(driveUrl, { onSuccess: () => setOpen(false) })}
      />
    </>
  );
}
