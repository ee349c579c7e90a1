"use client";
import { useState } from "react";

import type { Schemas } from "../client/client";
import { useModels } from "../hooks/generate";
import { useMedia } from "../hooks/media";
import { useEntities } from "../hooks/stories";
import { useT } from "../i18n";
import { GenerateButton } from "./GenerateButton";
import { ratiosOf } from "./GenerateCharacterButton";
import { Modal } from "./Modal";
import { Picture } from "./Picture";
import { Price } from "./Price";
import { Button, Select, Text } from "./ui";

const MOST = 10;

interface Props {
  readonly moodboard: Schemas["MoodboardView"];
}

/** The form for a picture of a moodboard, and the button that opens it. */
export function GenerateMoodboardButton({ moodboard }: Props) {
  const t = useT();
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button look="primary" onClick={() => setOpen(true)}>
        {t("generate.moodboard")}
      </Button>
      <Modal open={open} onClose={() => setOpen(false)} title={`${t("generate.moodboard")}: ${moodboard.title}`} wide>
        <MoodboardForm moodboard={moodboard} onStarted={() => setOpen(false)} />
      </Modal>
    </>
  );
}

interface Choices {
  readonly characterIds: readonly string[];
  readonly sceneId: string;
  readonly universeId: string;
  readonly pose: string;
  readonly action: string;
  readonly prompt: string;
  readonly mode: string;
  readonly ratio: string;
  readonly variations: string;
}

function asked(moodboard: Schemas["MoodboardView"], form: Choices): Schemas["GenerateMoodboard"] | null {
  if (form.characterIds.length === 0 || form.sceneId === "") return null;
  const texts = { pose: form.pose.trim(), action: form.action.trim(), additionalPrompt: form.prompt.trim() };
  return {
    moodboardId: moodboard.id,
    characterIds: [...form.characterIds],
    sceneId: form.sceneId,
    ...(form.universeId === "" ? {} : { universeId: form.universeId }),
    ...Object.fromEntries(Object.entries(texts).filter(([, text]) => text !== "")),
    ...(form.ratio === "" ? {} : { aspectRatio: form.ratio as NonNullable<Schemas["GenerateMoodboard"]["aspectRatio"]> }),
    referenceMode: form.mode === "separate" ? "separate" : "composite",
    variations: Number(form.variations),
  };
}

function MoodboardForm({ moodboard, onStarted }: Props & { readonly onStarted: () => void }) {
  const t = useT();
  const models = useModels().data;
  const scenes = useEntities("scenes", moodboard.projectId).items ?? [];
  const universes = useEntities("universes", moodboard.projectId).items ?? [];
  const [form, setForm] = useState<Choices>({
    characterIds: [], sceneId: moodboard.sceneId ?? "", universeId: moodboard.universeId ?? "", pose: "", action: "",
    prompt: "", mode: "composite", ratio: "", variations: "1",
  });
  const set = (field: keyof Choices) => (value: string) => setForm((before) => ({ ...before, [field]: value }));
  const body = asked(moodboard, form);
  return (
    <>
      <CharacterChoice
        projectId={moodboard.projectId}
        value={form.characterIds}
        onChange={(characterIds) => setForm((before) => ({ ...before, characterIds }))}
      />
      <div className="columns">
        <Select label={t("generate.scene")} value={form.sceneId} onChange={set("sceneId")} required
          options={[["", "—"], ...scenes.map((scene) => [scene.id, scene.title] as const)]} />
        <Select label={t("generate.universe")} value={form.universeId} onChange={set("universeId")}
          options={[["", t("entity.noChoice")], ...universes.map((universe) => [universe.id, universe.name] as const)]} />
        <Text label={t("generate.pose")} value={form.pose} onChange={set("pose")} optional />
        <Text label={t("generate.action")} value={form.action} onChange={set("action")} optional />
      </div>
      <Text label={t("generate.prompt")} value={form.prompt} onChange={set("prompt")} rows={2} optional />
      <div className="columns">
        <Select label={t("generate.mode")} value={form.mode} onChange={set("mode")}
          options={[["composite", t("generate.composite")], ["separate", t("generate.separate")]]} />
        <Select label={t("generate.aspect")} value={form.ratio} onChange={set("ratio")}
          options={[["", t("generate.default")], ...ratiosOf(models, "seedream-4.5-i2i")]} />
        <Select label={t("generate.variations")} value={form.variations} onChange={set("variations")}
          options={["1", "2", "3", "4"].map((n) => [n, n])} />
      </div>
      <div className="foot">
        <Price kind="moodboard" body={body} />
        <GenerateButton kind="moodboard" body={body === null ? null : { ...body }} onStarted={onStarted}>
          {t("generate.start")}
        </GenerateButton>
      </div>
    </>
  );
}

interface CharacterChoiceProps {
  readonly projectId: string;
  readonly value: readonly string[];
  readonly onChange: (ids: readonly string[]) => void;
}

/** Several characters, in the order in which they were chosen, with their pictures. */
function CharacterChoice({ projectId, value, onChange }: CharacterChoiceProps) {
  const t = useT();
  const characters = useEntities("characters", projectId).items;
  const toggle = (id: string, on: boolean) => onChange(on ? [...value, id] : value.filter((one) => one !== id));
  return (
    <fieldset className="picker">
      <legend>{t("generate.characters")}</legend>
      {characters?.length === 0 ? <p className="muted">{t("generate.charactersNone")}</p> : null}
      <div className="choices">
        {characters?.map((character) => (
          <label className="choice" key={character.id}>
            <input
              type="checkbox"
              checked={value.includes(character.id)}
              disabled={value.length >= MOST && !value.includes(character.id)}
              onChange={(event) => toggle(character.id, event.target.checked)}
            />
            <EntityPicture mediaId={character.primary.image} />
            <span>{character.name}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}

/** The picture that stands for an entity, or that it has none. */
export function EntityPicture({ mediaId }: { readonly mediaId: string | null }) {
  const t = useT();
  const media = useMedia(mediaId).data;
  if (mediaId === null || media === undefined) {
    return <span className="picture missing">{mediaId === null ? t("generate.noPicture") : ""}</span>;
  }
  return <Picture media={media} alt="" />;
}
