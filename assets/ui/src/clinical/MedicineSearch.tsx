import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { get, Problem } from '../core/api';
import { Refusal } from '../kit';
import { t } from '../i18n';
import { DrugName } from '.';
import { divide, type Medicine } from './lines';

const cache = new Map<string, Medicine[]>();

/** One line: the name is searched while it is typed, what stands behind it is kept for the server to read (ARIA combobox). */
export function MedicineSearch({ onPick }: { onPick: (medicine: Medicine, directions: string) => void }) {
  const text = useSignal('');
  const found = useSignal<Medicine[]>([]);
  const active = useSignal(0);
  const open = useSignal(false);
  const searched = useSignal('');
  const problem = useSignal<Problem | undefined>(undefined);
  const input = useRef<HTMLInputElement>(null);
  const { name, directions } = divide(text.value);

  useEffect(() => {
    if (name.length < 2) { found.value = []; open.value = false; searched.value = ''; return undefined; }
    const controller = new AbortController();
    const show = (items: Medicine[]): void => { found.value = items; active.value = 0; open.value = true; searched.value = name; problem.value = undefined; };
    const known = cache.get(name);
    if (known) { show(known); return undefined; }
    const waiting = setTimeout(() => {
      get('/medicines/search', { query: { q: name, limit: 8 }, signal: controller.signal }).then(
        ({ items }) => { cache.set(name, items); show(items); },
        (error: unknown) => { if (error instanceof Problem) problem.value = error; },
      );
    }, 120);
    return () => { clearTimeout(waiting); controller.abort(); };
  }, [name]);

  // What is shown belongs to what is typed: a pick out of an older list would be another medicine.
  const isCurrent = searched.value === name && found.value.length > 0;
  const pick = (medicine: Medicine): void => {
    text.value = '';
    open.value = false;
    onPick(medicine, directions);
  };
  const onKey = (event: KeyboardEvent): void => {
    const last = found.value.length - 1;
    if (event.key === 'ArrowDown') { event.preventDefault(); open.value = true; active.value = Math.min(last, active.value + 1); }
    else if (event.key === 'ArrowUp') { event.preventDefault(); active.value = Math.max(0, active.value - 1); }
    else if (event.key === 'Escape') { open.value = false; }
    else if (event.key === 'Enter' && !event.ctrlKey) {
      event.preventDefault();
      const chosen = found.value[active.value];
      if (open.value && isCurrent && chosen) pick(chosen);
    }
  };
  const isOpen = open.value && isCurrent;
  return (
    <div class="combo">
      <label for="entry">{t.prescribe.entry}</label>
      <p class="hint" id="entry-hint">{t.prescribe.entryHint} <span lang="en" class="nowrap">metformin 850 1-0-1 pc 30 days</span></p>
      <input id="entry" ref={input} type="text" role="combobox" aria-expanded={isOpen} aria-controls="entry-options" aria-autocomplete="list" aria-describedby="entry-hint"
        aria-activedescendant={isOpen ? `entry-option-${active.value}` : undefined} autocomplete="off" spellcheck={false} maxLength={300} value={text.value}
        onInput={(event) => { text.value = event.currentTarget.value; }} onKeyDown={onKey} onBlur={() => { open.value = false; }} />
      <p class="hidden-text" role="status">{isOpen ? t.prescribe.found(found.value.length) : ''}</p>
      {directions && <p class="small">{t.prescribe.directions}: <b lang="en">{directions}</b></p>}
      {searched.value === name && name.length >= 2 && found.value.length === 0 && <p class="error" role="status">{t.prescribe.noMedicine(name)}</p>}
      {problem.value && <Refusal problem={problem.value} />}
      <ul class="options" id="entry-options" role="listbox" aria-label={t.prescribe.medicines} hidden={!isOpen}>
        {isOpen && found.value.map((medicine, place) => (
          <li key={medicine.id} id={`entry-option-${place}`} role="option" aria-selected={place === active.value}
            onMouseDown={(event) => { event.preventDefault(); pick(medicine); }} onMouseMove={() => { active.value = place; }}>
            <DrugName name={medicine.displayName} khmer={medicine.displayNameKhmer} />
            {medicine.brandNames.length > 0 && <span class="muted small" lang="en"> {medicine.brandNames.slice(0, 3).join(', ')}</span>}
          </li>
        ))}
      </ul>
    </div>
  );
}
