import { LinkAssetButton, UploadButton } from "../../components/AddAssetButtons";
import { GenerateCharacterButton } from "../../components/GenerateCharacterButton";
import { MediaGallery } from "../../components/MediaGallery";
import { RunningJobs } from "../../components/RunningJobs";
import { Awaited } from "../../components/ui";
import { useEntity } from "../../hooks/stories";
import { useT } from "../../i18n";
import type { MessageKey } from "../../i18n/en";
import { useTitle } from "../title";
import { EntityHead } from "./EntityHead";

const TOLD = [
  ["entity.appearance", "appearance"],
  ["entity.clothing", "clothing"],
  ["entity.accessories", "accessories"],
  ["entity.visualStyle", "visualStyle"],
] as const satisfies readonly (readonly [MessageKey, string])[];

/** A character: who they are, their gallery, and making more. */
export default function CharacterPage({ id }: { readonly id: string }) {
  const t = useT();
  const character = useEntity("characters", id);
  const project = useEntity("projects", character.data?.projectId ?? "").data;
  useTitle(character.data?.name);
  const owner = { entityType: "character", entityId: id } as const;
  return (
    <Awaited query={character}>
      {(found) => (
        <>
          <EntityHead
            collection="characters"
            entity={found}
            name={found.name}
            kind={t("entity.character")}
            projectId={found.projectId}
            back={{ href: `/projects/${found.projectId}#characters`, name: project?.name ?? "…" }}
          />
          <dl className="facts">
            {TOLD.filter(([, field]) => found[field] !== "").map(([label, field]) => (
              <div key={field}>
                <dt>{t(label)}</dt>
                <dd>{found[field]}</dd>
              </div>
            ))}
          </dl>
          <section aria-labelledby="gallery">
            <div className="section-head">
              <h2 id="gallery">{t("media.gallery")}</h2>
              <div className="row">
                <UploadButton owner={owner} />
                <LinkAssetButton owner={owner} />
                <GenerateCharacterButton character={found} />
              </div>
            </div>
            <RunningJobs owner={owner} />
            <MediaGallery of={owner} />
          </section>
        </>
      )}
    </Awaited>
  );
}
