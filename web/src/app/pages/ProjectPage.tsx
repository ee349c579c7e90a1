import * as Tabs from "@radix-ui/react-tabs";
import { useState } from "react";

import { ExportButton } from "../../components/ExportButton";
import { MediaGallery } from "../../components/MediaGallery";
import { Awaited } from "../../components/ui";
import { useEntity, type InProject } from "../../hooks/stories";
import { useT } from "../../i18n";
import { useTitle } from "../title";
import { EntityHead } from "./EntityHead";
import { EntityList } from "./EntityList";

const COLLECTIONS: readonly InProject[] = ["characters", "universes", "scenes", "moodboards"];

/** A project: what it is made of, and all that was made in it. */
export default function ProjectPage({ id }: { readonly id: string }) {
  const t = useT();
  const project = useEntity("projects", id);
  const [tab, setTab] = useState(() => window.location.hash.slice(1) || "characters");
  useTitle(project.data?.name);
  const choose = (chosen: string) => {
    window.history.replaceState(window.history.state, "", `#${chosen}`);
    setTab(chosen);
  };
  return (
    <Awaited query={project}>
      {(found) => (
        <>
          <EntityHead collection="projects" entity={found} name={found.name} kind={t("media.filter.project")} back={{ href: "/", name: t("nav.projects") }}>
            <ExportButton projectId={id} />
          </EntityHead>
          {found.stylePreset === "" ? null : <p className="muted">{found.stylePreset}</p>}
          <Tabs.Root value={tab} onValueChange={choose} activationMode="manual">
            <Tabs.List className="tabs" aria-label={found.name}>
              {[...COLLECTIONS, "media" as const].map((name) => (
                <Tabs.Trigger key={name} value={name}>
                  {name === "media" ? t("media.gallery") : t(`entity.${name}`)}
                </Tabs.Trigger>
              ))}
            </Tabs.List>
            {COLLECTIONS.map((collection) => (
              <Tabs.Content key={collection} value={collection}>
                <EntityList collection={collection} projectId={id} />
              </Tabs.Content>
            ))}
            <Tabs.Content value="media">
              <MediaGallery of={{ projectId: id }} filters />
            </Tabs.Content>
          </Tabs.Root>
        </>
      )}
    </Awaited>
  );
}
