"use client";
import { useState } from "react";

import type { Schemas } from "../client/client";
import { useModels } from "../hooks/generate";
import type { Media } from "../hooks/media";
import { useT } from "../i18n";
import { GenerateButton } from "./GenerateButton";
import { Modal } from "./Modal";
import { Picture } from "./Picture";
import { Price } from "./Price";
import { Button, Select, Text } from "./ui";

interface Props {
  readonly moodboardId: string;
  readonly source: Media;
}

type Body = Schemas["GenerateAnimation"];

/** The form for a film that begins with a picture, and the button that opens it. */
export function GenerateAnimationButton({ moodboardId, source }: Props) {
  const t = useT();
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button onClick={() => setOpen(true)} aria-label={`${t("generate.animation")}: ${source.fileName}`}>
        ▶ {t("generate.animation")}
      </Button>
      <Modal open={open} onClose={() => setOpen(false)} title={t("generate.animation")} description={t("generate.source")} wide>
        <AnimationForm moodboardId={moodboardId} source={source} onStarted={() => setOpen(false)} />
      </Modal>
    </>
  );
}

function AnimationForm({ moodboardId, source, onStarted }: Props & { readonly onStarted: () => void }) {
  const t = useT();
  const film = useModels().data?.find((model) => model.kind === "video")?.film;
  const [form, setForm] = useState({ duration: "", motion: "", resolution: "", fps: "", audio: false, prompt: "" });
  const set = (field: keyof typeof form) => (value: string) => setForm((before) => ({ ...before, [field]: value }));
  if (film === null || film === undefined) return <p role="status">{t("app.loading")}</p>;
  const duration = form.duration === "" ? String(film.defaultDuration) : form.duration;
  const body: Body = {
    moodboardId,
    sourceImageId: source.id,
    duration: Number(duration) as NonNullable<Body["duration"]>,
    ...(form.motion === "" ? {} : { motionType: form.motion }),
    ...(form.resolution === "" ? {} : { resolution: form.resolution as NonNullable<Body["resolution"]> }),
    ...(form.fps === "" ? {} : { fps: Number(form.fps) as NonNullable<Body["fps"]> }),
    ...(form.prompt.trim() === "" ? {} : { additionalPrompt: form.prompt.trim() }),
    generateAudio: form.audio,
  };
  return (
    <>
      <div className="source">
        <Picture media={source} alt={source.fileName} />
      </div>
      <fieldset className="segments">
        <legend>{t("generate.duration")}</legend>
        {film.durations.map((seconds) => (
          <label key={seconds}>
            <input type="radio" name="duration" checked={duration === String(seconds)} onChange={() => set("duration")(String(seconds))} />
            <span>{t("generate.seconds", { seconds })}</span>
          </label>
        ))}
      </fieldset>
      <div className="columns">
        <Select label={t("generate.motion")} value={form.motion} onChange={set("motion")}
          options={[["", t("generate.default")], ...Object.keys(film.motions).map((name) => [name, name.replaceAll("_", " ")] as const)]} />
        <Select label={t("generate.resolution")} value={form.resolution} onChange={set("resolution")}
          options={[["", t("generate.default")], ...film.resolutions.map(({ name }) => [name, name] as const)]} />
        <Select label={t("generate.fps")} value={form.fps} onChange={set("fps")}
          options={[["", t("generate.default")], ...film.fps.map((n) => [String(n), String(n)] as const)]} />
      </div>
      <Text label={t("generate.prompt")} value={form.prompt} onChange={set("prompt")} rows={2} optional />
      {film.audio ? (
        <label className="check">
          <input type="checkbox" checked={form.audio} onChange={(event) => setForm((before) => ({ ...before, audio: event.target.checked }))} />
          <span>{t("generate.audio")}</span>
        </label>
      ) : null}
      <div className="foot">
        <Price kind="animation" body={body} />
        <GenerateButton kind="animation" body={{ ...body }} onStarted={onStarted}>
          {t("generate.start")}
        </GenerateButton>
      </div>
    </>
  );
}
