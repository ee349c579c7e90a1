"use client";
import { useState } from "react";

import { useDeleteMedia, type Media } from "../hooks/media";
import { useT } from "../i18n";
import { Modal } from "./Modal";
import { useSay } from "./Toasts";
import { Button, Problem } from "./ui";

interface DeleteMediaModalProps {
  readonly media: Media;
  readonly open: boolean;
  readonly onClose: () => void;
  readonly onDeleted: () => void;
}

/** Delete a media, and ask what shall become of the file in Drive. */
export function DeleteMediaModal({ media, open, onClose, onDeleted }: DeleteMediaModalProps) {
  const t = useT();
  const say = useSay();
  const [driveFile, setDriveFile] = useState<"keep" | "trash">("keep");
  const remove = useDeleteMedia();
  const press = () =>
    remove.mutate(
      { id: media.id, driveFile },
      {
        onSuccess: () => {
          say(t("media.deleted"));
          onClose();
          onDeleted();
        },
      },
    );
  return (
    <Modal open={open} onClose={onClose} title={t("media.deleteTitle", { name: media.fileName })}>
      <fieldset>
        <legend>{t("media.deleteFile")}</legend>
        {(["keep", "trash"] as const).map((what) => (
          <label key={what} className="check">
            <input type="radio" name="driveFile" checked={driveFile === what} onChange={() => setDriveFile(what)} />
            <span>{what === "keep" ? t("media.keepFile") : t("media.trashFile")}</span>
          </label>
        ))}
      </fieldset>
      <Problem error={remove.error} />
      <div className="actions">
        <Button onClick={onClose}>{t("app.cancel")}</Button>
        <Button look="danger" busy={remove.isPending} onClick={press}>
          {t("app.delete")}
        </Button>
      </div>
    </Modal>
  );
}
