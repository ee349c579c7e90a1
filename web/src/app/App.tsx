import { useQueryClient } from "@tanstack/react-query";
import { lazy, Suspense, useEffect } from "react";

import { Problem, Button } from "../components/ui";
import { useSession } from "../hooks/session";
import { useT } from "../i18n";
import { useArrival } from "./arrival";
import { SignInPage } from "./pages/SignInPage";

const Studio = lazy(() => import("./Studio"));

/** The sign-in page, or the studio of whoever is signed in. */
export function App() {
  const t = useT();
  const session = useSession();
  const arriving = useArrival();
  const queries = useQueryClient();
  const nobody = session.data === null;
  useEffect(() => {
    // Now that nothing shows it any more, what was known of the user is forgotten.
    if (nobody) queries.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== "session" });
  }, [nobody, queries]);
  if (session.data === undefined && session.error !== null) {
    return (
      <main className="page narrow">
        <Problem error={session.error}>
          <Button onClick={() => void session.refetch()}>{t("app.retry")}</Button>
        </Problem>
      </main>
    );
  }
  if (session.data === undefined || arriving) {
    return <Waiting text={arriving ? t("signIn.working") : t("app.loading")} />;
  }
  if (session.data === null) return <SignInPage />;
  return (
    <Suspense fallback={<Waiting text={t("app.loading")} />}>
      <Studio who={session.data} />
    </Suspense>
  );
}

function Waiting({ text }: { readonly text: string }) {
  return (
    <main className="page narrow">
      <p role="status">{text}</p>
    </main>
  );
}
