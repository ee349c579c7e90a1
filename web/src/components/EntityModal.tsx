"use client";
import { useState, type SyntheticEvent } from "react";

import { isApiError } from "../client/errors";
import { useEntities, useSaveEntity, type Collection, type Fields } from "../hooks/stories";
import { useT } from "../i18n";
import type { MessageKey } from "../i18n/en";
import { Modal } from "./Modal";
import { Button, Problem, Select, Text } from "./ui";

interface FieldOf {
  readonly name: string;
  readonly label: MessageKey;
  readonly rows?: number;
  readonly hint?: MessageKey;
  /** The entities that it is one of. */
  readonly of?: "scenes" | "universes";
}

/** The fields of each collection; the first is its name. */
export const FIELDS: Readonly<Record<Collection, readonly [FieldOf, ...FieldOf[]]>> = {
  projects: [
    { name: "name", label: "project.name" },
    { name: "stylePreset", label: "project.style", rows: 2, hint: "project.styleHint" },
  ],
  characters: [
    { name: "name", label: "entity.name" },
    { name: "appearance", label: "entity.appearance", rows: 3 },
    { name: "clothing", label: "entity.clothing", rows: 2 },
    { name: "accessories", label: "entity.accessories", rows: 2 },
    { name: "visualStyle", label: "entity.visualStyle", rows: 2 },
  ],
  universes: [
    { name: "name", label: "entity.name" },
    { name: "setting", label: "entity.setting", rows: 4 },
  ],
  scenes: [
    { name: "title", label: "entity.titleField" },
    { name: "description", label: "entity.description", rows: 4 },
  ],
  moodboards: [
    { name: "title", label: "entity.titleField" },
    { name: "sceneId", label: "entity.scene", of: "scenes" },
    { name: "universeId", label: "entity.universe", of: "universes" },
  ],
};

/** Anything of a collection, as far as its form goes. */
export type Entity = Readonly<Record<string, unknown>> & { readonly id: string; readonly version: number };

interface EntityModalProps {
  readonly collection: Collection;
  readonly projectId?: string;
  readonly entity?: Entity;
  readonly title: string;
  readonly open: boolean;
  readonly onClose: () => void;
}

/** Create or change an entity. */
export function EntityModal(props: EntityModalProps) {
  return (
    <Modal open={props.open} onClose={props.onClose} title={props.title}>
      <EntityForm {...props} />
    </Modal>
  );
}

function valuesOf(collection: Collection, entity: Entity | undefined): Record<string, string> {
  return Object.fromEntries(
    FIELDS[collection].map(({ name }) => {
      const value = entity?.[name];
      return [name, typeof value === "string" ? value : ""];
    }),
  );
}

function EntityForm({ collection, projectId, entity: now, onClose }: EntityModalProps) {
  const t = useT();
  // As it was when the form was opened: what changes elsewhere meanwhile must not be written over.
  const [entity] = useState(now);
  const [values, setValues] = useState(() => valuesOf(collection, entity));
  const save = useSaveEntity(collection, entity);
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    const fields: Record<string, string | null> = {};
    for (const { name, of } of FIELDS[collection]) fields[name] = of !== undefined && values[name] === "" ? null : (values[name] ?? "");
    save.mutate({ ...fields, ...(entity === undefined && projectId !== undefined ? { projectId } : {}) } satisfies Fields, { onSuccess: onClose });
  };
  return (
    <form onSubmit={submit}>
      {FIELDS[collection].map((field, at) => (
        <EntityField
          key={field.name}
          field={field}
          first={at === 0}
          value={values[field.name] ?? ""}
          onChange={(value) => setValues((before) => ({ ...before, [field.name]: value }))}
          {...(projectId === undefined ? {} : { projectId })}
        />
      ))}
      <Problem error={save.error}>{isApiError(save.error, "CONFLICT") ? <p>{t("entity.stale")}</p> : null}</Problem>
      <div className="actions">
        <Button onClick={onClose}>{t("app.cancel")}</Button>
        <Button type="submit" look="primary" busy={save.isPending}>
          {entity === undefined ? t("app.create") : t("app.save")}
        </Button>
      </div>
    </form>
  );
}

interface EntityFieldProps {
  readonly field: FieldOf;
  readonly first: boolean;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly projectId?: string;
}

function EntityField({ field, first, value, onChange, projectId }: EntityFieldProps) {
  const t = useT();
  const label = t(field.label);
  if (field.of !== undefined) return <EntitySelect of={field.of} label={label} value={value} onChange={onChange} projectId={projectId ?? ""} />;
  return (
    <Text
      label={label}
      value={value}
      onChange={onChange}
      required={first}
      optional={!first}
      maxLength={first ? 200 : 4000}
      {...(field.rows === undefined ? {} : { rows: field.rows })}
      {...(field.hint === undefined ? {} : { hint: t(field.hint) })}
    />
  );
}

interface EntitySelectProps {
  readonly of: "scenes" | "universes";
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly projectId: string;
}

function EntitySelect({ of, label, value, onChange, projectId }: EntitySelectProps) {
  const t = useT();
  const scenes = useEntities("scenes", projectId).items ?? [];
  const universes = useEntities("universes", projectId).items ?? [];
  const options = of === "scenes" ? scenes.map((one) => [one.id, one.title] as const) : universes.map((one) => [one.id, one.name] as const);
  return <Select label={label} value={value} onChange={onChange} options={[["", t("entity.noChoice")], ...options]} />;
}
