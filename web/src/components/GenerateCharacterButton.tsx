"use client";
import { useState } from "react";

import type { Schemas } from "../client/client";
import { useModels } from "../hooks/generate";
import { useT } from "../i18n";
import { AssetPicker } from "./AssetPicker";
import { GenerateButton } from "./GenerateButton";
import { Modal } from "./Modal";
import { Price } from "./Price";
import { Button, Select, Text } from "./ui";

const VARIATIONS = ["1", "2", "3", "4"] as const;

/** What an aspect ratio is called when nobody has chosen one: the model's own. */
export function ratiosOf(models: readonly Schemas["Model"][] | undefined, id: string): readonly (readonly [string, string])[] {
  const model = models?.find((one) => one.id === id);
  return model?.aspectRatios.map((ratio) => [ratio, ratio] as const) ?? [];
}

interface Props {
  readonly character: Schemas["CharacterView"];
}

/** The form for a picture of a character, and the button that opens it. */
export function GenerateCharacterButton({ character }: Props) {
  const t = useT();
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button look="primary" onClick={() => setOpen(true)}>
        {t("generate.character")}
      </Button>
      <Modal open={open} onClose={() => setOpen(false)} title={`${t("generate.character")}: ${character.name}`} wide>
        <CharacterForm character={character} onStarted={() => setOpen(false)} />
      </Modal>
    </>
  );
}

function CharacterForm({ character, onStarted }: Props & { readonly onStarted: () => void }) {
  const t = useT();
  const models = useModels().data;
  const [reference, setReference] = useState("");
  const [prompt, setPrompt] = useState("");
  const [ratio, setRatio] = useState("");
  const [variations, setVariations] = useState("1");
  const ratios = ratiosOf(models, reference === "" ? "seedream-4.5" : "seedream-4.5-i2i");
  const offered = ratios.some(([value]) => value === ratio) ? ratio : "";
  const body = {
    characterId: character.id,
    ...(reference === "" ? {} : { imageReferenceId: reference }),
    ...(prompt.trim() === "" ? {} : { additionalPrompt: prompt.trim() }),
    ...(offered === "" ? {} : { aspectRatio: offered as NonNullable<Schemas["GenerateCharacter"]["aspectRatio"]> }),
    variations: Number(variations),
  };
  return (
    <>
      <AssetPicker
        owner={{ entityType: "character", entityId: character.id }}
        label={t("generate.select")}
        value={reference}
        onChange={setReference}
      />
      <Text label={t("generate.prompt")} hint={t("generate.promptHint")} value={prompt} onChange={setPrompt} rows={3} optional />
      <div className="columns">
        <Select label={t("generate.aspect")} value={offered} onChange={setRatio} options={[["", t("generate.default")], ...ratios]} />
        <Select label={t("generate.variations")} value={variations} onChange={setVariations} options={VARIATIONS.map((n) => [n, n])} />
      </div>
      <div className="foot">
        <Price kind="character" body={body} />
        <GenerateButton kind="character" body={body} onStarted={onStarted}>
          {t("generate.start")}
        </GenerateButton>
      </div>
    </>
  );
}
