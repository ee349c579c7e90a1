"use client";
import { useMutation } from "@tanstack/react-query";

import { dataOf } from "../client/client";
import { useStudio } from "./studio";

interface PickerDoc {
  readonly id: string;
  readonly name: string;
  readonly mimeType: string;
  readonly resourceKey?: string;
}
interface PickerResult {
  readonly action: string;
  readonly docs?: readonly PickerDoc[];
}
interface Builder {
  addView: (view: unknown) => Builder;
  setOAuthToken: (token: string) => Builder;
  setDeveloperKey: (key: string) => Builder;
  setAppId: (id: string) => Builder;
  setOrigin: (origin: string) => Builder;
  setCallback: (callback: (result: PickerResult) => void) => Builder;
  build: () => { setVisible: (visible: boolean) => void };
}
interface Google {
  readonly gapi: { load: (name: string, done: () => void) => void };
  readonly google: { picker: { DocsView: new () => { setMimeTypes: (types: string) => unknown }; PickerBuilder: new () => Builder } };
}

const TYPES = {
  image: "image/png,image/jpeg,image/webp",
  video: "video/mp4,video/quicktime,video/webm",
} as const;

/** Google's script, loaded when it is first needed. */
async function loaded(url: string): Promise<Google> {
  const there = window as unknown as Partial<Google>;
  if (there.gapi === undefined) {
    await new Promise<void>((done, failed) => {
      const script = document.createElement("script");
      script.src = url;
      script.onload = () => done();
      script.onerror = () => {
        script.remove();
        failed(new Error("the picker's script did not load"));
      };
      document.head.append(script);
    });
  }
  const { gapi } = window as unknown as Google;
  await new Promise<void>((done) => gapi.load("picker", done));
  return window as unknown as Google;
}

/** Let the user grant one file of their Drive. Gives its address; null: they changed their mind. */
export function usePickFile() {
  const { api, settings } = useStudio();
  return useMutation({
    mutationFn: async (type: keyof typeof TYPES): Promise<string | null> => {
      const [lent, { google }] = await Promise.all([
        dataOf(api.POST("/api/user/google-drive/picker")),
        loaded(settings.pickerUrl),
      ]);
      const view = new google.picker.DocsView();
      view.setMimeTypes(TYPES[type]);
      return await new Promise<string | null>((done, failed) => {
        const heard = (result: PickerResult) => {
          const doc = result.docs?.[0];
          if (result.action === "cancel") done(null);
          else if (result.action === "error") failed(new Error("the picker failed"));
          else if (result.action === "picked" && doc !== undefined) done(addressOf(doc));
        };
        new google.picker.PickerBuilder()
          .addView(view)
          .setOAuthToken(lent.accessToken)
          .setDeveloperKey(lent.developerKey)
          .setAppId(lent.appId) // without it Google grants nothing, and does not say so
          .setOrigin(window.location.origin)
          .setCallback(heard)
          .build()
          .setVisible(true);
      });
    },
  });
}

function addressOf(doc: PickerDoc): string {
  const key = doc.resourceKey === undefined ? "" : `?resourcekey=${encodeURIComponent(doc.resourceKey)}`;
  return `https://drive.google.com/file/d/${encodeURIComponent(doc.id)}/view${key}`;
}
