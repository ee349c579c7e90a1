"use client";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import type { Metadata } from "next";
import { useState } from "react";

import { GenerateCharacterButton } from "@/components/GenerateCharacterButton";
import { MediaGallery } from "@/components/MediaGallery";
import { ToastProvider } from "@/components/Toasts";
import { useEntity } from "@/hooks/stories";
import { StudioProvider } from "@/hooks/studio";
import { I18nProvider } from "@/i18n";
import type { Settings } from "@/client/settings";

export type Described = Metadata;

const SETTINGS: Settings = { publicUrl: "https://studio.example", hosts: {}, hasSession: true, emailSignInUrl: null, pickerUrl: "https://apis.google.com/js/api.js" };

/** A page of another application, with components, hooks, client and catalogues copied in as they are. */
export default function Page() {
  const [queries] = useState(() => new QueryClient());
  return (
    <I18nProvider>
      <QueryClientProvider client={queries}>
        <StudioProvider settings={SETTINGS}>
          <ToastProvider>
            <Character id="c" />
          </ToastProvider>
        </StudioProvider>
      </QueryClientProvider>
    </I18nProvider>
  );
}

function Character({ id }: { id: string }) {
  const character = useEntity("characters", id).data;
  if (character === undefined) return null;
  return (
    <>
      <GenerateCharacterButton character={character} />
      <MediaGallery of={{ entityType: "character", entityId: id }} />
    </>
  );
}
