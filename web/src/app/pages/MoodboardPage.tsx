import { LinkAssetButton, UploadButton } from "../../components/AddAssetButtons";
import { GenerateAnimationButton } from "../../components/GenerateAnimationButton";
import { GenerateMoodboardButton } from "../../components/GenerateMoodboardButton";
import { MediaGallery } from "../../components/MediaGallery";
import { RunningJobs } from "../../components/RunningJobs";
import { Awaited } from "../../components/ui";
import { useEntity } from "../../hooks/stories";
import { useT } from "../../i18n";
import { useTitle } from "../title";
import { EntityHead } from "./EntityHead";

/** A moodboard: its pictures, and the films that begin with them. */
export default function MoodboardPage({ id }: { readonly id: string }) {
  const t = useT();
  const moodboard = useEntity("moodboards", id);
  const project = useEntity("projects", moodboard.data?.projectId ?? "").data;
  const scene = useEntity("scenes", moodboard.data?.sceneId ?? "").data;
  const universe = useEntity("universes", moodboard.data?.universeId ?? "").data;
  useTitle(moodboard.data?.title);
  const pictures = { entityType: "moodboard", entityId: id } as const;
  const films = { entityType: "animation", entityId: id } as const;
  return (
    <Awaited query={moodboard}>
      {(found) => (
        <>
          <EntityHead
            collection="moodboards"
            entity={found}
            name={found.title}
            kind={t("entity.moodboard")}
            projectId={found.projectId}
            back={{ href: `/projects/${found.projectId}#moodboards`, name: project?.name ?? "…" }}
          />
          <p className="muted">
            {[scene?.title, universe?.name].filter((text) => text !== undefined).join(" · ")}
          </p>
          <section aria-labelledby="pictures">
            <div className="section-head">
              <h2 id="pictures">{t("media.gallery")}</h2>
              <div className="row">
                <UploadButton owner={pictures} />
                <LinkAssetButton owner={pictures} />
                <GenerateMoodboardButton moodboard={found} />
              </div>
            </div>
            <RunningJobs owner={pictures} />
            <MediaGallery
              of={pictures}
              actions={(media) =>
                media.mediaType === "image" && media.isAccessible ? <GenerateAnimationButton moodboardId={id} source={media} /> : null
              }
            />
          </section>
          <section aria-labelledby="films">
            <div className="section-head">
              <h2 id="films">{t("media.video")}</h2>
            </div>
            <RunningJobs owner={films} />
            <MediaGallery of={films} />
          </section>
        </>
      )}
    </Awaited>
  );
}
