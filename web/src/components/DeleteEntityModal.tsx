"use client";
import { isApiError } from "../client/errors";
import { useDeleteEntity, type Collection } from "../hooks/stories";
import { isMessage, useT } from "../i18n";
import { Modal } from "./Modal";
import { Button, Problem } from "./ui";

interface DeleteEntityModalProps {
  readonly collection: Collection;
  readonly id: string;
  readonly name: string;
  readonly open: boolean;
  readonly onClose: () => void;
  readonly onDeleted?: () => void;
}

/** Delete an entity; one that is needed says by what. */
export function DeleteEntityModal({ collection, id, name, open, onClose, onDeleted }: DeleteEntityModalProps) {
  const t = useT();
  const remove = useDeleteEntity(collection);
  const close = () => {
    remove.reset();
    onClose();
  };
  const press = () =>
    remove.mutate(id, {
      onSuccess: () => {
        close();
        onDeleted?.();
      },
    });
  const counts = isApiError(remove.error, "CONFLICT") ? remove.error.body["counts"] : undefined;
  const named = Object.entries(typeof counts === "object" && counts !== null ? counts : {}).map(([of, count]) => {
    const key = `entity.${of}`;
    return `${String(count)} × ${isMessage(key) ? t(key) : of}`;
  });
  return (
    <Modal open={open} onClose={close} title={t("entity.deleteTitle", { name })} description={t("entity.deleteHint")}>
      <Problem error={remove.error}>{named.length === 0 ? null : <p>{t("entity.inUse", { counts: named.join(", ") })}</p>}</Problem>
      <div className="actions">
        <Button onClick={close}>{t("app.cancel")}</Button>
        <Button look="danger" busy={remove.isPending} onClick={press}>
          {t("app.delete")}
        </Button>
      </div>
    </Modal>
  );
}
