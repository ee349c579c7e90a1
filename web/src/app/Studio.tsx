import { lazy, Suspense } from "react";
import { Route, Switch } from "wouter";

import type { Schemas } from "../client/client";
import { useT } from "../i18n";
import { ProjectsPage } from "./pages/ProjectsPage";
import { Shell } from "./Shell";

const ProjectPage = lazy(() => import("./pages/ProjectPage"));
const CharacterPage = lazy(() => import("./pages/CharacterPage"));
const MoodboardPage = lazy(() => import("./pages/MoodboardPage"));
const LibraryPage = lazy(() => import("./pages/LibraryPage"));
const CreditsPage = lazy(() => import("./pages/CreditsPage"));
const AccountPage = lazy(() => import("./pages/AccountPage"));

/** The studio of whoever is signed in. */
export default function Studio({ who }: { readonly who: Schemas["WhoAmI"] }) {
  const t = useT();
  return (
    <Shell who={who}>
      <Suspense fallback={<p role="status">{t("app.loading")}</p>}>
        <Switch>
          <Route path="/" component={ProjectsPage} />
          <Route path="/projects/:id">{({ id }) => <ProjectPage key={id} id={id} />}</Route>
          <Route path="/characters/:id">{({ id }) => <CharacterPage key={id} id={id} />}</Route>
          <Route path="/moodboards/:id">{({ id }) => <MoodboardPage key={id} id={id} />}</Route>
          <Route path="/library" component={LibraryPage} />
          <Route path="/credits" component={CreditsPage} />
          <Route path="/account" component={AccountPage} />
          <Route>{t("app.notFound")}</Route>
        </Switch>
      </Suspense>
    </Shell>
  );
}
