import { useSignal } from '@preact/signals';
import { get } from '../../core/api';
import { useLoad } from '../../core/load';
import { query } from '../../core/router';
import { Adherence, DrugName } from '../../clinical';
import { Calendar } from '../../clinical/Calendar';
import { Badge, Empty, Shown, Tabs } from '../../kit';
import { t, word } from '../../i18n';
import { date, dateTime, daysAfter, today } from '../../i18n/format';

/** How regularly medicine is taken: figures with what they rest on, day by day, and what was missed. */
export function AdherenceTab({ id }: { id: string }) {
  const days = query('days') === '90' ? 90 : 28;
  const base = `/clinic/patients/${id}/adherence`;
  const report = useLoad((signal) => get('/adherence/trends', { query: { patientId: id, days }, signal }), [id, days], ['dose.updated']);
  return (
    <div class="stack">
      <Tabs label={t.adherence.windows} current={days === 90 ? `${base}?days=90` : base}
        of={[{ address: base, text: t.adherence.window(28) }, { address: `${base}?days=90`, text: t.adherence.window(90) }]} />
      <Shown of={report}>
        {(value) => value.counts.counted === 0 ? <Empty>{t.adherence.none}</Empty> : (
          <div class="split">
            <section class="card stack tight" aria-labelledby="days">
              <h2 id="days">{t.adherence.byDay}</h2>
              <p class="muted small">{t.adherence.legend}</p>
              <Calendar points={value.daily} />
            </section>
            <section class="card stack tight" aria-labelledby="figures">
              <h2 id="figures">{t.adherence.figures}</h2>
              <dl class="facts">
                <dt>{t.adherence.taking}</dt><dd><Adherence figure={value.taking} /></dd>
                <dt>{t.adherence.timing}</dt><dd><Adherence figure={value.timing} /></dd>
                <dt>{t.adherence.correctDays}</dt><dd><Adherence figure={value.correctDays} /></dd>
                <dt>{t.adherence.before}</dt><dd><Adherence figure={value.previous} /></dd>
                <dt>{t.adherence.longestGap}</dt><dd class="number">{t.days(value.longestGapDays)}</dd>
                <dt>{t.adherence.streak}</dt><dd class="number">{t.days(value.currentStreakDays)}</dd>
              </dl>
              {value.trend && <p>{word(t.adherence.trend, value.trend)}</p>}
              <p class="muted small">{t.adherence.definition}</p>
            </section>
          </div>
        )}
      </Shown>
      <Missed id={id} days={days} />
    </div>
  );
}

/** What was missed or left out, and why. */
function Missed({ id, days }: { id: string; days: number }) {
  const status = useSignal<'MISSED' | 'SKIPPED'>('MISSED');
  const doses = useLoad(
    (signal) => get('/doses/history', { query: { patientId: id, status: status.value, from: daysAfter(today(), 1 - days), to: today(), limit: 50 }, signal }),
    [id, days, status.value], ['dose.updated'],
  );
  return (
    <section class="card stack tight" aria-labelledby="missed">
      <div class="row between">
        <h2 id="missed">{t.adherence.notTaken}</h2>
        <div class="row" role="group" aria-label={t.adherence.notTaken}>
          {(['MISSED', 'SKIPPED'] as const).map((one) => (
            <button key={one} type="button" class="small" aria-pressed={status.value === one} onClick={() => { status.value = one; }}>
              {status.value === one ? '● ' : ''}{word(t.doseStatus, one)}
            </button>
          ))}
        </div>
      </div>
      <Shown of={doses} lines={4}>
        {({ items }) => items.length === 0 ? <Empty>{t.adherence.nothing}</Empty> : (
          <table class="cards">
            <caption class="hidden-text">{t.adherence.notTaken}, {date(daysAfter(today(), 1 - days))} – {date(today())}</caption>
            <thead><tr><th>{t.adherence.when}</th><th>{t.adherence.medicine}</th><th>{t.adherence.why}</th></tr></thead>
            <tbody>
              {items.map((dose) => (
                <tr key={dose.id}>
                  <td class="nowrap" data-label={t.adherence.when}>{dateTime(dose.scheduledTime)}</td>
                  <td data-label={t.adherence.medicine}><DrugName name={dose.medicineName} khmer={dose.medicineNameKhmer} /> <span class="muted" lang="en">{dose.dose}</span></td>
                  <td data-label={t.adherence.why}>{dose.skipReason ? <Badge>{word(t.skipReason, dose.skipReason)}</Badge> : '–'} {dose.notes}</td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </Shown>
    </section>
  );
}
