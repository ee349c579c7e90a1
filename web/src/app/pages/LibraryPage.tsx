import { useState } from "react";

import { ExportButton } from "../../components/ExportButton";
import { MediaGallery } from "../../components/MediaGallery";
import { Select } from "../../components/ui";
import { useEntities } from "../../hooks/stories";
import { useT } from "../../i18n";
import { useTitle } from "../title";

/** Everything that the user has, to search and filter. */
export default function LibraryPage() {
  const t = useT();
  const projects = useEntities("projects").items ?? [];
  const [project, setProject] = useState("");
  useTitle(t("nav.library"));
  return (
    <>
      <div className="page-head">
        <h1>{t("nav.library")}</h1>
        <div className="row">
          <Select
            label={t("media.filter.project")}
            value={project}
            onChange={setProject}
            options={[["", t("media.filter.all")], ...projects.map((one) => [one.id, one.name] as const)]}
          />
          <ExportButton projectId={project === "" ? null : project} />
        </div>
      </div>
      <MediaGallery of={project === "" ? {} : { projectId: project }} filters />
    </>
  );
}
