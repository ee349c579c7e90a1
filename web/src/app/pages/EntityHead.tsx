import { useState, type ReactNode } from "react";
import { Link, useLocation } from "wouter";

import { DeleteEntityModal } from "../../components/DeleteEntityModal";
import { EntityModal, type Entity } from "../../components/EntityModal";
import { Button } from "../../components/ui";
import type { Collection } from "../../hooks/stories";
import { useT } from "../../i18n";

interface EntityHeadProps {
  readonly collection: Collection;
  readonly entity: Entity;
  readonly name: string;
  readonly kind: string;
  readonly projectId?: string;
  readonly back: { readonly href: string; readonly name: string };
  readonly children?: ReactNode;
}

/** The head of the page of an entity: the way back, its name, and changing or deleting it. */
export function EntityHead({ collection, entity, name, kind, projectId, back, children }: EntityHeadProps) {
  const t = useT();
  const [, go] = useLocation();
  const [editing, setEditing] = useState(false);
  const [deleting, setDeleting] = useState(false);
  return (
    <div className="page-head">
      <div>
        <Link href={back.href} className="back">
          ← {t("app.back", { name: back.name })}
        </Link>
        <p className="eyebrow">{kind}</p>
        <h1>{name}</h1>
      </div>
      <div className="row">
        {children}
        <Button onClick={() => setEditing(true)}>{t("app.edit")}</Button>
        <Button look="danger" onClick={() => setDeleting(true)}>
          {t("app.delete")}
        </Button>
      </div>
      <EntityModal
        collection={collection}
        entity={entity}
        title={`${t("app.edit")}: ${name}`}
        open={editing}
        onClose={() => setEditing(false)}
        {...(projectId === undefined ? {} : { projectId })}
      />
      <DeleteEntityModal collection={collection} id={entity.id} name={name} open={deleting} onClose={() => setDeleting(false)} onDeleted={() => go(back.href)} />
    </div>
  );
}
