import { useSignal } from '@preact/signals';
import { get, newKey, post, type Schemas } from '../../core/api';
import { useLoad } from '../../core/load';
import { Badge, Empty, Notice, Refusal, Shown, Text, useAction } from '../../kit';
import { FileField } from '../../kit/file';
import { t, word } from '../../i18n';
import { dateTime, readNumber } from '../../i18n/format';

/** Rule files that take the place of the shipped ones: first what would happen, then it is done. */
export function ImportRules() {
  const status = useLoad((signal) => get('/safety/status', { signal }), []);
  const files = useSignal<{ name: string; text: string }[]>([]);
  const report = useSignal<Schemas['SafetyImportReport'] | undefined>(undefined);
  /** What the report speaks of: this and nothing else is imported. */
  const tried = useSignal<Schemas['SafetyFile'][]>([]);
  const weakened = useSignal('');
  const error = useSignal<string | undefined>(undefined);
  const key = useSignal(newKey());
  const sending = useAction(async (sent: Schemas['SafetyFile'][], dryRun: boolean, rulesWeakened?: number) => {
    report.value = await post('/safety/import', { query: { dryRun, rulesWeakened }, body: { files: sent }, key: dryRun ? undefined : key.value });
    tried.value = dryRun ? sent : [];
    if (!dryRun) { key.value = newKey(); files.value = []; status.reload(); }
  });
  const told = report.value;
  const importNow = (): void => {
    const typed = readNumber(weakened.value);
    const count = told?.rulesWeakened ?? 0;
    // Whoever loses rules says how many, in their own hand.
    error.value = count > 0 && !(typed.is === 'number' && typed.value === count) ? t.safety.weakenedType(count) : undefined;
    if (!error.value) void sending.run(tried.value, false, count > 0 ? count : undefined);
  };
  return (
    <div class="stack">
      <section class="card stack tight" aria-labelledby="own-files">
        <h2 id="own-files">{t.safety.ownFiles}</h2>
        <Shown of={status} lines={2}>
          {({ ownFiles }) => ownFiles.length === 0 ? <Empty>{t.safety.noOwnFiles}</Empty> : (
            <ul class="list">
              {ownFiles.map((one) => (
                <li key={one.name} class="row between">
                  <span><b lang="en">{one.name}</b> <span class="muted small">{dateTime(one.importedAt)}</span></span>
                  <button type="button" class="small" disabled={sending.isBusy} onClick={() => { weakened.value = ''; void sending.run([{ name: one.name }], true); }}>{t.safety.tryShipped}<span class="hidden-text"> {one.name}</span></button>
                </li>
              ))}
            </ul>
          )}
        </Shown>
      </section>
      <section class="card stack" aria-labelledby="rule-files">
        <h2 id="rule-files">{t.safety.import}</h2>
        <p class="muted small">{t.safety.importText}</p>
        <FileField id="rules" label={t.safety.chooseFiles} several onFiles={(chosen) => { files.value = chosen; tried.value = []; report.value = undefined; weakened.value = ''; sending.forget(); }} />
        {sending.problem && <Refusal problem={sending.problem} />}
        {told && <Report told={told} />}
        {told?.dryRun && told.errorCount === 0 && tried.value.length > 0 && told.rulesWeakened > 0 && (
          <Text id="weakened" label={t.safety.weakenedLabel} hint={t.safety.weakenedType(told.rulesWeakened)} mode="numeric" most={5} value={weakened.value} error={error.value} onText={(text) => { weakened.value = text; }} />
        )}
        <div class="row">
          <button type="button" disabled={files.value.length === 0 || sending.isBusy} onClick={() => void sending.run(files.value, true)}>{t.medicines.tryIt}</button>
          {told?.dryRun && told.errorCount === 0 && tried.value.length > 0 && <button type="button" class={told.rulesWeakened > 0 ? 'danger' : 'primary'} disabled={sending.isBusy} onClick={importNow}>{t.safety.importNow}</button>}
        </div>
      </section>
    </div>
  );
}

function Report({ told }: { told: Schemas['SafetyImportReport'] }) {
  const faults = (of: Schemas['SafetyRuleFault'][]) => <ul class="list small" lang="en">{of.map((fault) => <li key={`${fault.file}-${fault.line}-${fault.column}`}><b>{fault.file}:{fault.line} {fault.column}</b> {fault.sentence}</li>)}</ul>;
  return (
    <div class="stack tight">
      <Notice tone={told.errorCount > 0 ? 'danger' : told.dryRun ? 'info' : 'success'} live>
        <p>{told.errorCount > 0 ? t.medicines.faults(told.errorCount) : told.dryRun ? t.medicines.wouldDo : t.medicines.done}</p>
        {told.errorCount === 0 && <p>{t.safety.beforeAfter(told.rulesBefore, told.rulesAfter)}</p>}
      </Notice>
      {told.errors.length > 0 && faults(told.errors)}
      {told.weakened.length > 0 && (
        <Notice tone="warning">
          <p><b>{t.safety.weakened(told.rulesWeakened)}</b></p>
          <ul>{told.weakened.map((one) => <li key={one.ruleId}><span lang="en">{one.ruleId}</span>: {word(t.tier, one.tierBefore)} → {one.tierAfter ? word(t.tier, one.tierAfter) : t.safety.isGone}</li>)}</ul>
        </Notice>
      )}
      {told.decisionsEnded.length > 0 && <Notice tone="warning"><p>{t.safety.decisionsEnded}</p><p lang="en">{told.decisionsEnded.join(', ')}</p></Notice>}
      {told.files.map((file) => <p key={file.name} class="row"><b lang="en">{file.name}</b><span>{t.safety.rows(file.rows, file.added, file.changed, file.lost)}</span>{file.shipped && <Badge>{t.catalogueOrigin.SHIPPED}</Badge>}</p>)}
      {told.withoutKhmerCount > 0 && <p class="small">{t.safety.withoutKhmer(told.withoutKhmerCount)}</p>}
      {told.skippedCount > 0 && <details><summary>{t.safety.skipped(told.skippedCount)}</summary>{faults(told.skipped)}</details>}
    </div>
  );
}
