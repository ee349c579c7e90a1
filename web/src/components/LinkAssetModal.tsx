"use client";
import { useState, type SyntheticEvent } from "react";

import { isApiError } from "../client/errors";
import { usePickFile } from "../hooks/picker";
import { useT } from "../i18n";
import { Modal } from "./Modal";
import { Button, Problem, Select, Text } from "./ui";

type MediaType = "image" | "video";

interface LinkFormProps {
  readonly open: boolean;
  readonly onClose: () => void;
  readonly title: string;
  readonly description: string;
  readonly action: string;
  /** What the file has to be; both: the user says which. */
  readonly types: readonly MediaType[];
  readonly send: { readonly isPending: boolean; readonly error: unknown; readonly reset: () => void };
  readonly onSend: (driveUrl: string, mediaType: MediaType) => void;
}

/** The address of a file in Drive, pasted or picked: for linking and for replacing. */
export function LinkAssetModal({ open, onClose, title, description, action, types, send, onSend }: LinkFormProps) {
  const t = useT();
  const [url, setUrl] = useState("");
  const [type, setType] = useState<MediaType>(types[0] ?? "image");
  const pick = usePickFile();
  const close = () => {
    setUrl("");
    send.reset();
    pick.reset();
    onClose();
  };
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    onSend(url.trim(), type);
  };
  const choose = () => {
    send.reset();
    pick.mutate(type, {
      onSuccess: (picked) => {
        if (picked !== null) onSend(picked, type);
      },
    });
  };
  const unreadable = isApiError(send.error, "ASSET_NOT_ACCESSIBLE");
  return (
    <Modal open={open} onClose={close} title={title} description={description} behind={pick.isPending}>
      <form onSubmit={submit}>
        <Text label={t("asset.url")} hint={t("asset.urlHint")} value={url} onChange={setUrl} maxLength={4096} required />
        {types.length > 1 ? (
          <Select
            label={t("asset.type")}
            value={type}
            onChange={(value) => setType(value === "video" ? "video" : "image")}
            options={types.map((value) => [value, t(`media.${value}`)] as const)}
          />
        ) : null}
        <Problem error={send.error}>
          {unreadable ? <p>{t("asset.share")}</p> : null}
        </Problem>
        {pick.error === null ? null : (
          <p className="problem" role="alert">
            {isApiError(pick.error) ? pick.error.message : t("asset.pickFailed")}
          </p>
        )}
        <div className="actions">
          <Button busy={pick.isPending} onClick={choose} title={t("asset.pickHint")} look={unreadable ? "primary" : "plain"}>
            {t("asset.pick")}
          </Button>
          <Button type="submit" look={unreadable ? "plain" : "primary"} busy={send.isPending} disabled={url.trim() === ""}>
            {action}
          </Button>
        </div>
      </form>
    </Modal>
  );
}
