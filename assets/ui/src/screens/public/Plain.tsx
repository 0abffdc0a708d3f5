import type { ComponentChildren } from 'preact';
import { useEffect } from 'preact/hooks';
import { LanguageSwitch } from '../../kit/language';
import { t } from '../../i18n';

/** The frame of pages without a session. */
export function Plain({ title, children }: { title: string; children: ComponentChildren }) {
  useEffect(() => { document.title = `${title} · Das Tern`; }, [title]);
  return (
    <main class="narrow stack">
      <div class="row between">
        <a class="muted" href="/">ដាស់តឿន <span lang="en">Das Tern</span></a>
        <LanguageSwitch />
      </div>
      <h1>{title}</h1>
      {children}
      <p class="small muted">{t.signIn.forProgrammers} <a href="/docs">API</a></p>
    </main>
  );
}
