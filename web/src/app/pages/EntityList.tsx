import { useState } from "react";
import { Link } from "wouter";

import { DeleteEntityModal } from "../../components/DeleteEntityModal";
import { EntityModal, FIELDS, type Entity } from "../../components/EntityModal";
import { EntityPicture } from "../../components/GenerateMoodboardButton";
import { Awaited, Button, Empty } from "../../components/ui";
import { useEntities, type Collections, type InProject } from "../../hooks/stories";
import { useT } from "../../i18n";

type Any = Collections[InProject];
type Doing = { readonly what: "create" } | { readonly what: "edit" | "delete"; readonly entity: Any } | null;

export function nameOf(entity: Any): string {
  return "name" in entity ? entity.name : entity.title;
}

/** What a card says of an entity besides its name: its second field. */
function textOf(collection: InProject, entity: Any): string {
  const value = (entity as Entity)[FIELDS[collection][1]?.name ?? ""];
  return typeof value === "string" && collection !== "moodboards" ? value : "";
}

/** The entities of one kind in a project: those with pages of their own are links, the others are changed here. */
export function EntityList({ collection, projectId }: { readonly collection: InProject; readonly projectId: string }) {
  const t = useT();
  const list = useEntities(collection, projectId);
  const [doing, setDoing] = useState<Doing>(null);
  const stop = () => setDoing(null);
  const hasPage = collection === "characters" || collection === "moodboards";
  const create = (
    <Button look="primary" onClick={() => setDoing({ what: "create" })}>
      {t(`entity.new.${collection}`)}
    </Button>
  );
  return (
    <>
      <Awaited query={{ data: list.items, error: list.error, refetch: list.refetch }}>
        {(items) =>
          items.length === 0 ? (
            <Empty title={t(`entity.none.${collection}`)}>{create}</Empty>
          ) : (
            <>
              <div className="row list-head">{create}</div>
              <ul className="cards">
                {items.map((entity) => (
                  <li key={entity.id}>
                    {hasPage ? (
                      <Link className="card pictured" href={`/${collection}/${entity.id}`}>
                        <EntityPicture mediaId={entity.primary.image} />
                        <strong>{nameOf(entity)}</strong>
                        <span className="muted clamp">{textOf(collection, entity)}</span>
                      </Link>
                    ) : (
                      <div className="card">
                        <strong>{nameOf(entity)}</strong>
                        <span className="muted clamp">{textOf(collection, entity)}</span>
                        <div className="row">
                          <Button look="quiet" aria-label={`${t("app.edit")}: ${nameOf(entity)}`} onClick={() => setDoing({ what: "edit", entity })}>
                            {t("app.edit")}
                          </Button>
                          <Button look="quiet" aria-label={`${t("app.delete")}: ${nameOf(entity)}`} onClick={() => setDoing({ what: "delete", entity })}>
                            {t("app.delete")}
                          </Button>
                        </div>
                      </div>
                    )}
                  </li>
                ))}
              </ul>
            </>
          )
        }
      </Awaited>
      {list.hasNextPage ? <Button onClick={() => void list.fetchNextPage()}>{t("app.more")}</Button> : null}
      <EntityModal collection={collection} projectId={projectId} title={t(`entity.new.${collection}`)} open={doing?.what === "create"} onClose={stop} />
      {doing?.what === "edit" ? (
        <EntityModal collection={collection} projectId={projectId} entity={doing.entity} title={`${t("app.edit")}: ${nameOf(doing.entity)}`} open onClose={stop} />
      ) : null}
      {doing?.what === "delete" ? (
        <DeleteEntityModal collection={collection} id={doing.entity.id} name={nameOf(doing.entity)} open onClose={stop} />
      ) : null}
    </>
  );
}
