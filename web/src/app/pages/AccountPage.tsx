import { useState, type SyntheticEvent } from "react";

import { ExportButton } from "../../components/ExportButton";
import { DriveUsage } from "../../components/GoogleDriveConnectModal";
import { useSay } from "../../components/Toasts";
import { Awaited, Button, Problem, Select, Text } from "../../components/ui";
import { useDeleteAccount } from "../../hooks/account";
import { useConnectDrive, useDisconnectDrive, useDriveStatus } from "../../hooks/drive";
import { useI18n, useT } from "../../i18n";
import { useTheme } from "../theme";
import { useTitle } from "../title";

const THEMES = ["system", "light", "dark"] as const;

export default function AccountPage() {
  const { t, language, choose } = useI18n();
  const [theme, setTheme] = useTheme();
  useTitle(t("account.title"));
  return (
    <div className="account">
      <h1>{t("account.title")}</h1>
      <section aria-labelledby="drive">
        <h2 id="drive">{t("account.drive")}</h2>
        <DriveSection />
      </section>
      <section aria-labelledby="look">
        <h2 id="look">{t("account.look")}</h2>
        <div className="columns">
          <Select
            label={t("account.language")}
            value={language}
            onChange={(value) => choose(value === "id" ? "id" : "en")}
            options={[["en", "English"], ["id", "Bahasa Indonesia"]]}
          />
          <Select
            label={t("account.theme")}
            value={theme}
            onChange={(value) => setTheme(THEMES.find((one) => one === value) ?? "system")}
            options={THEMES.map((one) => [one, t(`account.theme.${one}`)] as const)}
          />
        </div>
      </section>
      <section aria-labelledby="data">
        <h2 id="data">{t("account.data")}</h2>
        <ExportButton projectId={null} />
        <DeleteAccount />
      </section>
    </div>
  );
}

function DriveSection() {
  const t = useT();
  const say = useSay();
  const status = useDriveStatus();
  const connect = useConnectDrive();
  const disconnect = useDisconnectDrive();
  const [revoke, setRevoke] = useState(false);
  return (
    <Awaited query={status}>
      {(drive) =>
        drive.isConnected ? (
          <>
            <p>{t("drive.account", { email: drive.driveEmail ?? "" })}</p>
            <DriveUsage />
            {drive.folderUrl === null ? null : (
              <p>
                <a href={drive.folderUrl} target="_blank" rel="noreferrer">
                  {t("drive.folder")}
                </a>
              </p>
            )}
            <p className="hint">{t("drive.disconnectAsk")}</p>
            <label className="check">
              <input type="checkbox" checked={revoke} onChange={(event) => setRevoke(event.target.checked)} />
              <span>{t("drive.revoke")}</span>
            </label>
            <Button busy={disconnect.isPending} onClick={() => disconnect.mutate(revoke, { onSuccess: () => say(t("drive.disconnected")) })}>
              {t("drive.disconnect")}
            </Button>
            <Problem error={disconnect.error} />
          </>
        ) : (
          <>
            <p>{drive.needsReconnect ? t("drive.needsReconnect") : t("drive.notConnected")}</p>
            <Button look="primary" onClick={() => void connect()}>
              {drive.needsReconnect ? t("drive.reconnect") : t("drive.connect")}
            </Button>
          </>
        )
      }
    </Awaited>
  );
}

function DeleteAccount() {
  const t = useT();
  const say = useSay();
  const [word, setWord] = useState("");
  const remove = useDeleteAccount();
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    remove.mutate(undefined, { onSuccess: () => say(t("account.deleted")) });
  };
  return (
    <form onSubmit={submit} className="danger-zone">
      <h3>{t("account.deleteTitle")}</h3>
      <p className="hint">{t("account.deleteHint")}</p>
      <Text label={t("account.deleteConfirm")} value={word} onChange={setWord} />
      <Problem error={remove.error} />
      <Button type="submit" look="danger" busy={remove.isPending} disabled={word !== "DELETE"}>
        {t("account.deleteTitle")}
      </Button>
    </form>
  );
}
