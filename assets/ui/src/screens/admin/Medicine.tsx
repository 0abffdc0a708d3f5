import { useSignal } from '@preact/signals';
import { get, newKey, patch, post, type Schemas } from '../../core/api';
import { useLoad } from '../../core/load';
import { go } from '../../core/router';
import { DrugName } from '../../clinical';
import { Badge, Choice, ErrorSummary, Notice, Refusal, Shown, Text, useAction } from '../../kit';
import { t, word } from '../../i18n';
import { dateTime } from '../../i18n/format';

/** The texts of an entry that staff may change, in the order in which they stand on the page. */
const texts = [
  'khmerName', 'frenchName', 'atcCode', 'therapeuticClass', 'description', 'usualDose', 'usualPieces', 'maxSingleDose', 'maxDailyDose', 'doseSource', 'pregnancyNote', 'renalNote', 'noteSource', 'provenance',
] as const;
const lists = ['brandNames', 'synonyms'] as const;
type TextName = (typeof texts)[number];
type ListName = (typeof lists)[number];
type Written = Record<TextName | ListName, string>;

const written = (one?: Schemas['Medicine']): Written =>
  Object.fromEntries([...texts.map((name) => [name, one?.[name] ?? '']), ...lists.map((name) => [name, one?.[name].join('; ') ?? ''])]) as Written;
const listed = (text: string): string[] => text.split(';').map((one) => one.trim()).filter(Boolean);

/** One entry: what it says, what staff may change, and whether it can be prescribed. */
export function Medicine({ id }: { id: string }) {
  const one = useLoad((signal) => get('/medicines/{id}', { path: { id }, signal }), [id]);
  return (
    <div class="stack">
      <p><a href="/admin/medicines">← {t.medicines.title}</a></p>
      <Shown of={one}>{(value) => <Entry key={value.updatedAt} value={value} onChange={one.reload} />}</Shown>
    </div>
  );
}

function Entry({ value, onChange }: { value: Schemas['Medicine']; onChange: () => void }) {
  const now = useSignal<Written>(written(value));
  const why = useSignal('');
  const errors = useSignal<{ id: string; text: string }[]>([]);
  const before = written(value);
  const changed = [...texts, ...lists].filter((name) => now.value[name].trim() !== before[name]);
  const saving = useAction(async () => {
    const body: Schemas['MedicineChange'] = {};
    for (const name of texts) if (changed.includes(name)) body[name] = now.value[name].trim();
    for (const name of lists) if (changed.includes(name)) body[name] = listed(now.value[name]);
    await patch('/medicines/{id}', { path: { id: value.id }, body, key: newKey() });
    onChange();
  });
  const switching = useAction(async () => {
    errors.value = value.active && !why.value.trim() ? [{ id: 'withdrawn', text: t.errors.reason }] : [];
    if (errors.value.length > 0) return;
    await patch('/medicines/{id}', { path: { id: value.id }, body: value.active ? { active: false, withdrawn: why.value.trim() } : { active: true, withdrawn: '' }, key: newKey() });
    onChange();
  });
  const facts: [string, string | null | undefined][] = [
    [t.medicines.generic, value.genericName], [t.medicines.strength, value.strength], [t.medicines.form, value.form], [t.medicines.route, value.route], [t.medicines.release, value.release], [t.medicines.unit, value.unit],
    ['VEN', value.ven], [t.medicines.levels, value.levelsOfCare.join(', ')],
  ];
  return (
    <div class="stack">
      <h1 class="row"><DrugName name={value.displayName} khmer={value.displayNameKhmer} /> <Badge tone={value.active ? 'success' : 'danger'}>{value.active ? t.medicines.active : t.medicines.withdrawn}</Badge></h1>
      {value.withdrawn && <Notice tone="warning">{value.withdrawn}</Notice>}
      <div class="split">
        <form class="card stack" noValidate onSubmit={(event) => { event.preventDefault(); void saving.run(); }}>
          <h2>{t.medicines.entry}</h2>
          <p class="muted small">{t.medicines.ownText}</p>
          <Fields now={now.value} onChange={(next) => { now.value = next; }} />
          {saving.problem && <Refusal problem={saving.problem} />}
          <div class="row">
            <button type="submit" class="primary" disabled={saving.isBusy || changed.length === 0}>{t.save}</button>
            <span class="muted small" role="status">{changed.length > 0 ? t.medicines.changed(changed.map((name) => t.medicines.field[name]).join(', ')) : t.medicines.unchanged}</span>
          </div>
        </form>
        <div class="stack">
          <section class="card stack tight" aria-labelledby="fixed">
            <h2 id="fixed">{t.medicines.fixed}</h2>
            <dl class="facts" lang="en">{facts.filter(([, text]) => text).map(([name, text]) => [<dt key={`${name}-name`}>{name}</dt>, <dd key={name}>{text}</dd>])}</dl>
            <p class="small muted">{word(t.catalogueOrigin, value.origin)} · {dateTime(value.updatedAt)}</p>
          </section>
          <section class="card stack" aria-labelledby="switch">
            <h2 id="switch">{value.active ? t.medicines.withdraw : t.medicines.restore}</h2>
            <p class="muted">{value.active ? t.medicines.withdrawText : t.medicines.restoreText}</p>
            <ErrorSummary errors={errors.value} />
            {value.active && <Text id="withdrawn" label={t.medicines.why} most={500} value={why.value} error={errors.value[0]?.text} onText={(text) => { why.value = text; }} />}
            {switching.problem && <Refusal problem={switching.problem} />}
            <div class="row"><button type="button" class={value.active ? 'danger' : ''} disabled={switching.isBusy} onClick={() => void switching.run()}>{value.active ? t.medicines.withdraw : t.medicines.restore}</button></div>
          </section>
        </div>
      </div>
    </div>
  );
}

function Fields({ now, onChange }: { now: Written; onChange: (next: Written) => void }) {
  return (
    <div class="fields wide">
      {[...texts.slice(0, 2), ...lists, ...texts.slice(2)].map((name) => (
        <Text key={name} id={`medicine-${name}`} label={t.medicines.field[name]} hint={(lists as readonly string[]).includes(name) ? t.medicines.listHint : undefined} most={1000} value={now[name]}
          onText={(text) => onChange({ ...now, [name]: text })} />
      ))}
    </div>
  );
}

/** What an entry is: it cannot be changed afterwards. */
export function NewMedicine() {
  const now = useSignal<Written>(written());
  const fixed = useSignal({ genericName: '', strength: '' });
  const form = useSignal<Schemas['MedicineForm']>('TABLET');
  const route = useSignal<Schemas['MedicineRoute']>('ORAL');
  const unit = useSignal<Schemas['MedicineUnit']>('TABLET');
  const errors = useSignal<{ id: string; text: string }[]>([]);
  const key = useSignal(newKey());
  const wrong = (id: string): string | undefined => errors.value.find((error) => error.id === id)?.text;
  const saving = useAction(async () => {
    const needed: [string, string, string][] = [
      ['medicine-generic', t.medicines.generic, fixed.value.genericName], ['medicine-strength', t.medicines.strength, fixed.value.strength], ['medicine-khmerName', t.medicines.field.khmerName, now.value.khmerName],
    ];
    errors.value = needed.filter(([, , text]) => !text.trim()).map(([id, name]) => ({ id, text: t.medicines.missing(name) }));
    if (errors.value.length > 0) return;
    const body: Schemas['NewMedicine'] = { genericName: fixed.value.genericName.trim(), strength: fixed.value.strength.trim(), form: form.value, route: route.value, unit: unit.value, khmerName: now.value.khmerName.trim(), brandNames: [], synonyms: [], levelsOfCare: [], routes: null };
    for (const name of texts) if (now.value[name].trim()) body[name] = now.value[name].trim();
    for (const name of lists) if (now.value[name].trim()) body[name] = listed(now.value[name]);
    const made = await post('/medicines', { body, key: key.value });
    key.value = newKey();
    go(`/admin/medicines/${made.id}`, true);
  });
  const codes = <V extends string>(of: readonly V[]): [V, string][] => of.map((code) => [code, code.toLowerCase().replace(/_/g, ' ')]);
  return (
    <div class="stack">
      <p><a href="/admin/medicines">← {t.medicines.title}</a></p>
      <h1>{t.medicines.add}</h1>
      <ErrorSummary errors={errors.value} />
      <form class="card stack" noValidate onSubmit={(event) => { event.preventDefault(); void saving.run(); }}>
        <div class="fields wide">
          <Text id="medicine-generic" label={t.medicines.generic} hint={t.medicines.genericHint} most={200} value={fixed.value.genericName} error={wrong('medicine-generic')} onText={(genericName) => { fixed.value = { ...fixed.value, genericName }; }} />
          <Text id="medicine-strength" label={t.medicines.strength} hint="500 mg" most={100} value={fixed.value.strength} error={wrong('medicine-strength')} onText={(strength) => { fixed.value = { ...fixed.value, strength }; }} />
          <Choice label={t.medicines.form} value={form.value} of={codes(forms)} onChoice={(value) => { form.value = value; }} />
          <Choice label={t.medicines.route} value={route.value} of={codes(routes)} onChoice={(value) => { route.value = value; }} />
          <Choice label={t.medicines.unit} value={unit.value} of={Object.entries(t.unit) as [Schemas['MedicineUnit'], string][]} onChoice={(value) => { unit.value = value; }} />
        </div>
        <Fields now={now.value} onChange={(next) => { now.value = next; }} />
        {saving.problem && <Refusal problem={saving.problem} />}
        <div class="row"><button type="submit" class="primary" disabled={saving.isBusy}>{t.medicines.add}</button></div>
      </form>
    </div>
  );
}

const forms: readonly Schemas['MedicineForm'][] = [
  'TABLET', 'CAPSULE', 'SYRUP', 'SUSPENSION', 'SOLUTION', 'DROPS', 'SACHET', 'POWDER', 'SUPPOSITORY', 'PESSARY', 'INJECTION', 'INFUSION', 'VACCINE', 'INHALER', 'NEBULISER_SOLUTION',
  'NASAL_SPRAY', 'EYE_DROPS', 'EAR_DROPS', 'CREAM', 'OINTMENT', 'GEL', 'LOTION', 'SHAMPOO', 'PATCH', 'IMPLANT', 'DEVICE', 'OTHER',
];
const routes: readonly Schemas['MedicineRoute'][] = [
  'ORAL', 'SUBLINGUAL', 'RECTAL', 'VAGINAL', 'INTRAVENOUS', 'INTRAMUSCULAR', 'SUBCUTANEOUS', 'INTRADERMAL', 'INHALED', 'NASAL', 'OPHTHALMIC', 'OTIC', 'TOPICAL', 'TRANSDERMAL', 'OTHER',
];
