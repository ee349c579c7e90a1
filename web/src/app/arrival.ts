import { useEffect, useState } from "react";

import { useSay } from "../components/Toasts";
import { useGenerate } from "../hooks/generate";
import { useSession, useStartSession } from "../hooks/session";
import { takeWish } from "../hooks/wish";
import { useT } from "../i18n";
import { explained } from "../components/format";

interface Came {
  readonly drive: string | null;
  readonly proof: { readonly exchange: string } | { readonly idToken: string } | null;
}

/** What the way here has left in the address, which is cleaned: a one-time code must not stay there. */
function came(): Came {
  const url = new URL(window.location.href);
  const exchange = url.searchParams.get("exchange");
  const idToken = new URLSearchParams(url.hash.slice(1)).get("idToken");
  const drive = url.searchParams.get("drive");
  for (const name of ["drive", "code", "exchange"]) url.searchParams.delete(name);
  if (idToken !== null) url.hash = "";
  window.history.replaceState(window.history.state, "", url);
  return { drive, proof: exchange !== null ? { exchange } : idToken !== null ? { idToken } : null };
}

// Once for each page load: React may run an effect twice.
let arrival: Came | null = null;
let handled = false;

/** Back from Google or from the e-mail page: start the session, say what happened, go on with what was wanted. */
export function useArrival(): boolean {
  const t = useT();
  const say = useSay();
  arrival ??= came();
  const [arriving, setArriving] = useState(arrival.proof !== null);
  const start = useStartSession();
  const session = useSession();
  const generate = useGenerate();
  const userId = session.data?.user.id;

  useEffect(() => {
    const proof = arrival?.proof;
    if (proof === null || proof === undefined || arrival === null) return;
    arrival = { ...arrival, proof: null };
    start.mutateAsync(proof).then(
      () => session.refetch().then(() => setArriving(false)),
      () => {
        say(t("signIn.failed"), "bad");
        setArriving(false);
      },
    ).catch(() => setArriving(false));
  });

  useEffect(() => {
    if (handled || arriving || session.data === undefined) return;
    handled = true;
    const outcome = arrival?.drive;
    if (outcome === "declined") say(t("drive.declined"), "bad");
    else if (outcome === "mismatch") say(t("drive.mismatchPlain"), "bad");
    else if (outcome === "error") say(t("drive.error"), "bad");
    if (outcome !== "connected" || userId === undefined) return;
    const wish = takeWish(userId);
    if (wish === null) {
      say(t("drive.done"));
      return;
    }
    say(t("drive.goesOn"));
    generate.mutate(wish, { onError: (error) => say(explained(error, t), "bad") });
  }, [arriving, session.data, userId, generate, say, t]);

  return arriving;
}
