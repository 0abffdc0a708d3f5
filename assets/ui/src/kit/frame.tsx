// What stands around every screen.
import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { connection } from '../core/live';
import { here } from '../core/router';
import { me, signOut } from '../core/session';
import { Badge } from '.';
import { LanguageSwitch } from './language';
import { t } from '../i18n';

export interface Place {
  address: string;
  text: string;
  /** What waits for somebody: in the title of the window too. */
  count?: number;
  /** What is new and does not wait. */
  news?: number;
}

function Live() {
  if (connection.value === 'live') return <span class="badge success" role="status">{t.live.live}</span>;
  return <span class="badge warning" role="status">{connection.value === 'lost' ? t.live.lost : t.live.connecting}</span>;
}

export function Frame({ home, places, title, children, live }: {
  home: string; places: Place[]; title: string; children: ComponentChildren; live?: boolean;
}) {
  const main = useRef<HTMLElement>(null);
  const address = here.value.split('?')[0]!;
  const first = useRef(true);
  useEffect(() => {
    // Whoever does not see the screen hears that it is another one.
    if (!first.current) main.current?.focus();
    first.current = false;
  }, [address]);
  const urgent = places.reduce((sum, place) => sum + (place.count ?? 0), 0);
  useEffect(() => { document.title = `${urgent > 0 ? `(${urgent}) ` : ''}${title} · Das Tern`; }, [title, urgent]);
  const isHere = (place: Place): boolean => address === place.address || (place.address !== home && address.startsWith(`${place.address}/`));
  return (
    <>
      <a class="skip" href="#main" onClick={(event) => { event.preventDefault(); main.current?.focus(); }}>{t.skip}</a>
      <header class="top">
        <a class="brand" href={home}>ដាស់តឿន</a>
        <nav aria-label={t.menu}>
          <ul>
            {places.map((place) => (
              <li key={place.address}>
                <a href={place.address} aria-current={isHere(place) ? 'page' : undefined}>
                  {place.text}
                  {place.count ? <span class="count number">{place.count}</span> : null}
                  {place.news ? <Badge><span class="number">{place.news}</span></Badge> : null}
                </a>
              </li>
            ))}
          </ul>
        </nav>
        <div class="end">
          {live && <Live />}
          <span class="nowrap person">{me.value?.fullName}</span>
          <LanguageSwitch />
          <button type="button" class="small" onClick={() => void signOut()}>{t.signOut}</button>
        </div>
      </header>
      <main id="main" tabIndex={-1} ref={main}>{children}</main>
    </>
  );
}
