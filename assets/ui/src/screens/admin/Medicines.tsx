import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { get, newKey, post, type Schemas } from '../../core/api';
import { useLoad } from '../../core/load';
import { query, setQuery } from '../../core/router';
import { DrugName } from '../../clinical';
import { Badge, Empty, Notice, Refusal, Shown, Text, useAction } from '../../kit';
import { FileField } from '../../kit/file';
import { say, t, word } from '../../i18n';
import { dateTime, number } from '../../i18n/format';

/** The catalogue: what can be prescribed, where it comes from, and what a list would change. */
export function Medicines() {
  const wanted = query('search').trim();
  const search = useSignal(wanted);
  // Asked when the typing pauses.
  useEffect(() => {
    const waiting = setTimeout(() => { if (query('search') !== search.value) setQuery('search', search.value); }, 200);
    return () => clearTimeout(waiting);
  }, [search.value]);
  const found = useLoad((signal) => (wanted.length < 2 ? Promise.resolve(undefined) : get('/medicines/search', { query: { q: wanted, limit: 50 }, signal })), [wanted]);
  const sources = useLoad((signal) => get('/medicines/sources', { signal }), []);
  return (
    <div class="stack">
      <div class="row between"><h1>{t.medicines.title}</h1><a class="button" href="/admin/medicines/new">{t.medicines.add}</a></div>
      <Text label={t.medicines.search} hint={t.medicines.searchHint} kind="search" value={search.value} most={100} onText={(text) => { search.value = text; }} />
      {wanted.length >= 2 && (
        <Shown of={found}>
          {(page) => !page || page.items.length === 0 ? <Empty>{t.medicines.none}</Empty> : (
            <table class="cards">
              <caption class="hidden-text">{t.medicines.title}</caption>
              <thead><tr><th>{t.medicines.name}</th><th>{t.medicines.brands}</th><th>{t.medicines.group}</th><th>{t.medicines.origin}</th></tr></thead>
              <tbody>
                {page.items.map((one) => (
                  <tr key={one.id}>
                    <th scope="row"><a href={`/admin/medicines/${one.id}`}><DrugName name={one.displayName} khmer={one.displayNameKhmer} /></a></th>
                    <td data-label={t.medicines.brands} lang="en">{one.brandNames.join(', ') || '–'}</td>
                    <td data-label={t.medicines.group} lang="en">{one.therapeuticClass ?? '–'}</td>
                    <td data-label={t.medicines.origin}><Badge>{word(t.catalogueOrigin, one.origin)}</Badge></td>
                  </tr>
                ))}
              </tbody>
            </table>
          )}
        </Shown>
      )}
      <div class="split">
        <section class="card stack tight" aria-labelledby="sources">
          <h2 id="sources">{t.medicines.sources}</h2>
          <Shown of={sources} lines={3}>
            {({ items }) => items.length === 0 ? <Empty>–</Empty> : (
              <ul class="list">
                {items.map((one) => (
                  <li key={one.id}>
                    <div class="row"><b lang="en">{one.name}</b><Badge>{word(t.catalogueOrigin, one.origin)}</Badge><span class="muted small">{dateTime(one.importedAt)}</span></div>
                    <p class="small">{countsText(one.counts)}</p>
                    <p class="small muted" lang="en">SHA-256 {one.sha256}</p>
                  </li>
                ))}
              </ul>
            )}
          </Shown>
        </section>
        <Import onDone={sources.reload} />
      </div>
    </div>
  );
}

/** A list of medicines: first what it would do, then it is done. */
function Import({ onDone }: { onDone: () => void }) {
  const file = useSignal<{ name: string; text: string } | undefined>(undefined);
  const report = useSignal<Schemas['ImportReport'] | undefined>(undefined);
  const key = useSignal(newKey());
  const sending = useAction(async (dryRun: boolean) => {
    if (!file.value) return;
    report.value = await post('/medicines/import', { query: { dryRun, name: file.value.name }, csv: file.value.text, key: dryRun ? undefined : key.value });
    if (!dryRun) { key.value = newKey(); onDone(); }
  });
  const told = report.value;
  return (
    <section class="card stack" aria-labelledby="import">
      <h2 id="import">{t.medicines.importTitle}</h2>
      <p class="muted small">{t.medicines.importText}</p>
      <FileField id="list" label={t.medicines.file} onFiles={([first]) => { file.value = first; report.value = undefined; sending.forget(); }} />
      {sending.problem && <Refusal problem={sending.problem} />}
      {told && (
        <div class="stack tight">
          <Notice tone={told.errorCount > 0 ? 'danger' : told.dryRun ? 'info' : 'success'} live>
            <p>{told.errorCount > 0 ? t.medicines.faults(told.errorCount) : told.dryRun ? t.medicines.wouldDo : t.medicines.done}</p>
            <p>{countsText(told.counts)}</p>
          </Notice>
          {told.errors.length > 0 && (
            <ul class="list">{told.errors.map((fault) => <li key={`${fault.line}-${fault.column}-${fault.code}`}><b>{t.medicines.line(fault.line)}{fault.column && <span lang="en"> {fault.column}</span>}</b>: {say({ english: fault.message, khmer: fault.messageKhmer })}</li>)}</ul>
          )}
          {told.changes.length > 0 && (
            <details>
              <summary>{t.medicines.changes(told.counts.changed)}</summary>
              <ul class="list">{told.changes.map((one) => <li key={one.medicineId} lang="en"><b>{one.displayName}</b>: {one.columns.join(', ')}</li>)}</ul>
            </details>
          )}
        </div>
      )}
      <div class="row">
        <button type="button" disabled={!file.value || sending.isBusy} onClick={() => void sending.run(true)}>{t.medicines.tryIt}</button>
        {told?.dryRun && told.errorCount === 0 && (
          <button type="button" class="primary" disabled={sending.isBusy} onClick={() => void sending.run(false)}>{t.medicines.importNow(number(told.counts.new + told.counts.changed, 0))}</button>
        )}
      </div>
    </section>
  );
}

function countsText(counts: Schemas['ImportCounts']): string {
  return t.medicines.counts(counts.new, counts.changed, counts.unchanged, counts.kept);
}
