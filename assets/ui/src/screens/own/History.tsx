import { get } from '../../core/api';
import { useLoad } from '../../core/load';
import { Empty, Notice, Shown } from '../../kit';
import { DrugName } from '../../clinical';
import { Calendar } from '../../clinical/Calendar';
import { t, word } from '../../i18n';
import { clock, daysAfter, shortDate, today } from '../../i18n/format';
import { d, o } from '../../i18n/own';
import { Shape } from './doses';

const DAYS = 28;

/** How regularly medicine was used, without blame: a sentence, the days with shapes, and what was not used. */
export function History({ patient }: { patient?: string }) {
  const report = useLoad((signal) => get('/adherence/trends', { query: { days: DAYS, patientId: patient }, signal }), [patient], ['dose.updated']);
  const gaps = useLoad(async (signal) => {
    const days = { from: daysAfter(today(), 1 - DAYS), to: today(), limit: 50, patientId: patient };
    const [missed, skipped] = await Promise.all((['MISSED', 'SKIPPED'] as const).map((status) => get('/doses/history', { query: { ...days, status }, signal })));
    return [...missed!.items, ...skipped!.items].sort((one, other) => (one.scheduledTime < other.scheduledTime ? 1 : -1));
  }, [patient], ['dose.updated']);
  return (
    <div class="stack own">
      {patient ? <h2>{t.adherence.byDay}</h2> : <h1>{o.history.title}</h1>}
      <Shown of={report}>
        {(value) => value.counts.counted === 0 ? <Empty>{o.history.none}</Empty> : (
          <section class="card stack tight" aria-label={t.adherence.byDay}>
            <p><b>{d(o.history.text(value.taking.part, value.taking.n, DAYS))}</b></p>
            {!patient && <Notice tone={value.taking.color === 'GREEN' ? 'success' : 'info'}>{value.taking.color === 'GREEN' ? o.history.good : o.history.some}</Notice>}
            {value.currentStreakDays > 1 && <p>{d(o.history.streak(value.currentStreakDays))}</p>}
            <Calendar points={value.daily} />
            <p class="muted small">{o.history.legend}</p>
          </section>
        )}
      </Shown>
      <section class="card stack tight" aria-labelledby="gaps">
        <h2 id="gaps">{o.history.missed}</h2>
        <Shown of={gaps} lines={3}>
          {(items) => items.length === 0 ? <p>{o.history.noMissed}</p> : (
            <ul class="list">
              {items.map((dose) => (
                <li key={dose.id} class="dose-line">
                  <Shape status={dose.status} />
                  <div class="grow"><p><DrugName name={dose.medicineName} khmer={dose.medicineNameKhmer} /></p><p class="muted small">{d(shortDate(dose.scheduledTime))} {d(clock(dose.scheduledTime))}</p></div>
                  <span class="small">{dose.skipReason ? word(t.skipReason, dose.skipReason) : word(o.today.states, dose.status)}</span>
                </li>
              ))}
            </ul>
          )}
        </Shown>
      </section>
    </div>
  );
}
