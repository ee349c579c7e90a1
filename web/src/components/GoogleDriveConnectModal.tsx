"use client";
import { useMutation } from "@tanstack/react-query";

import { useConnectDrive, useDriveStatus } from "../hooks/drive";
import { useI18n } from "../i18n";
import { bytes, known } from "./format";
import { Modal } from "./Modal";
import { Button, Problem } from "./ui";

/** Why the Drive is needed, what is wrong with the connection, and the way to Google. */
export function GoogleDriveConnectModal({ open, onClose }: { readonly open: boolean; readonly onClose: () => void }) {
  const { t } = useI18n();
  const status = useDriveStatus().data;
  const connectDrive = useConnectDrive();
  const connect = useMutation({ mutationFn: connectDrive });
  const again = status?.needsReconnect === true;
  return (
    <Modal open={open} onClose={onClose} title={again ? t("drive.needsReconnect") : t("drive.title")} description={t("drive.why")}>
      {again ? (
        <p className="notice" role="note">
          {known(t, "drive.reason", status.reason, "drive.reason.other")}
          {status.driveEmail === null ? null : ` ${t("drive.account", { email: status.driveEmail })}.`}
        </p>
      ) : null}
      <Problem error={connect.error} />
      <div className="actions">
        <Button onClick={onClose}>{t("app.cancel")}</Button>
        <Button look="primary" busy={connect.isPending || connect.isSuccess} onClick={() => connect.mutate()}>
          {again ? t("drive.reconnect") : t("drive.connect")}
        </Button>
      </div>
    </Modal>
  );
}

/** How full the Drive is. */
export function DriveUsage() {
  const { t, language } = useI18n();
  const storage = useDriveStatus().data?.storage;
  if (storage === null || storage === undefined) return null;
  const used = bytes(storage.usedBytes, language);
  if (storage.limitBytes === null) return <p>{t("drive.usageOpen", { used })}</p>;
  return (
    <div className="usage">
      <meter min={0} max={storage.limitBytes} high={storage.limitBytes * 0.9} value={storage.usedBytes} aria-label={t("account.drive")} />
      <p>{t("drive.usage", { used, limit: bytes(storage.limitBytes, language) })}</p>
    </div>
  );
}
