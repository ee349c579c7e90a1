import { useState } from "react";
import { Link } from "wouter";

import { EntityModal } from "../../components/EntityModal";
import { useMoment } from "../../components/format";
import { Awaited, Button, Empty } from "../../components/ui";
import { useEntities } from "../../hooks/stories";
import { useT } from "../../i18n";
import { useTitle } from "../title";

export function ProjectsPage() {
  const t = useT();
  const moment = useMoment();
  const projects = useEntities("projects");
  const [open, setOpen] = useState(false);
  useTitle(t("nav.projects"));
  const create = (
    <Button look="primary" onClick={() => setOpen(true)}>
      {t("project.new")}
    </Button>
  );
  return (
    <>
      <div className="page-head">
        <h1>{t("nav.projects")}</h1>
        {projects.items === undefined || projects.items.length === 0 ? null : create}
      </div>
      <Awaited query={{ data: projects.items, error: projects.error, refetch: projects.refetch }}>
        {(items) =>
          items.length === 0 ? (
            <Empty title={t("project.none")} hint={t("project.noneHint")}>
              {create}
            </Empty>
          ) : (
            <ul className="cards">
              {items.map((project) => (
                <li key={project.id}>
                  <Link className="card" href={`/projects/${project.id}`}>
                    <strong>{project.name}</strong>
                    <span className="muted">{project.stylePreset === "" ? moment(project.createdAt) : project.stylePreset}</span>
                  </Link>
                </li>
              ))}
            </ul>
          )
        }
      </Awaited>
      {projects.hasNextPage ? <Button onClick={() => void projects.fetchNextPage()}>{t("app.more")}</Button> : null}
      <EntityModal collection="projects" title={t("project.new")} open={open} onClose={() => setOpen(false)} />
    </>
  );
}
