import { lazy, Suspense, useState, type ReactNode } from "react";
import { Link, useLocation } from "wouter";

import type { Schemas } from "../client/client";
import { GoogleDriveConnectModal } from "../components/GoogleDriveConnectModal";
import { JobsTray } from "../components/JobsTray";
import { Button } from "../components/ui";
import { useDriveStatus } from "../hooks/drive";
import { useSignOut } from "../hooks/session";
import { useT } from "../i18n";

const MediaModal = lazy(() => import("../components/MediaModal"));

const PLACES = [
  ["/", "nav.projects"],
  ["/library", "nav.library"],
  ["/credits", "nav.credits"],
  ["/account", "nav.account"],
] as const;

/** What stands around every page: where one can go, who one is, the Drive, the credits, and what is under way. */
export function Shell({ who, children }: { readonly who: Schemas["WhoAmI"]; readonly children: ReactNode }) {
  const t = useT();
  const [place, go] = useLocation();
  const signOut = useSignOut();
  const [shown, setShown] = useState<string | null>(null);
  const leave = () => signOut.mutate(undefined, { onSuccess: () => go("/") });
  return (
    <>
      <a className="skip" href="#content">
        {t("app.skip")}
      </a>
      <header className="head">
        <Link href="/" className="brand">
          <span aria-hidden="true" className="brand-mark">
            E
          </span>
          <span className="brand-name">{t("app.name")}</span>
        </Link>
        <nav aria-label={t("nav.main")}>
          {PLACES.map(([href, name]) => (
            <Link key={href} href={href} aria-current={place === href ? "page" : undefined}>
              {t(name)}
            </Link>
          ))}
        </nav>
        <div className="head-state">
          <JobsTray onShow={(job) => setShown(job.media?.id ?? null)} />
          <DriveBadge />
          <Link href="/credits" className="chip">
            {t("credits.badge", { available: who.credits.available })}
          </Link>
          <span className="who" title={who.user.email ?? ""}>
            {who.user.name ?? who.user.email ?? ""}
          </span>
          <Button look="quiet" busy={signOut.isPending} onClick={leave}>
            {t("signIn.out")}
          </Button>
        </div>
      </header>
      <main id="content" className="page" tabIndex={-1}>
        {children}
      </main>
      {shown === null ? null : (
        <Suspense>
          <MediaModal id={shown} onClose={() => setShown(null)} onOpen={setShown} />
        </Suspense>
      )}
    </>
  );
}

/** Whether the Drive can be used; if not, it is the way to mend that. */
function DriveBadge() {
  const t = useT();
  const status = useDriveStatus().data;
  const [open, setOpen] = useState(false);
  if (status === undefined) return <span className="chip muted">…</span>;
  const { storage } = status;
  if (status.isConnected) {
    const full = storage !== null && storage.limitBytes !== null && storage.usedBytes >= storage.limitBytes;
    return <span className={full ? "chip bad" : "chip good"}>{full ? t("drive.full") : t("drive.connected")}</span>;
  }
  return (
    <>
      <Button className="chip bad" onClick={() => setOpen(true)}>
        {status.needsReconnect ? t("drive.needsReconnect") : t("drive.notConnected")}
      </Button>
      <GoogleDriveConnectModal open={open} onClose={() => setOpen(false)} />
    </>
  );
}
