import { useSignal } from '@preact/signals';
import { patch } from '../../core/api';
import { loadDays } from '../../core/days';
import { changed } from '../../core/own';
import { me } from '../../core/session';
import { Refusal, useAction } from '../../kit';
import { readTime } from '../../i18n/format';
import { o } from '../../i18n/own';
import { short, Time } from './Time';

/** The times of the meals: what is planned follows them. */
export function Meals() {
  const own = me.value!.mealTimes;
  const [morning, noon, night, done, tried] = [useSignal(short(own.morningMeal)), useSignal(short(own.afternoonMeal)), useSignal(short(own.nightMeal)), useSignal(false), useSignal(false)];
  const isWrong = (text: string): boolean => tried.value && text.trim() !== '' && !readTime(text);
  const saving = useAction(async () => {
    done.value = false;
    tried.value = true;
    const all = [morning.value, noon.value, night.value];
    if (all.some((text) => text.trim() !== '' && !readTime(text))) return;
    const [morningMeal, afternoonMeal, nightMeal] = all.map((text) => readTime(text));
    const mealTimes = await patch('/users/settings/meal-times', { body: { morningMeal, afternoonMeal, nightMeal } });
    await changed({ ...me.value!, mealTimes });
    done.value = true;
    void loadDays();
  });
  return (
    <form class="card stack" noValidate onSubmit={(event) => { event.preventDefault(); void saving.run(); }}>
      <h2>{o.settings.meals}</h2>
      <p>{o.settings.mealsText}</p>
      {saving.problem && <Refusal problem={saving.problem} />}
      <div class="fields">
        <Time id="meal-morning" label={o.settings.morning} value={morning.value} wrong={isWrong(morning.value)} onTime={(text) => { morning.value = text; }} />
        <Time id="meal-noon" label={o.settings.noon} value={noon.value} wrong={isWrong(noon.value)} onTime={(text) => { noon.value = text; }} />
        <Time id="meal-night" label={o.settings.night} value={night.value} wrong={isWrong(night.value)} onTime={(text) => { night.value = text; }} />
      </div>
      <div class="row"><button type="submit" class="primary" disabled={saving.isBusy}>{o.settings.save}</button><span role="status">{done.value && `✓ ${o.settings.saved}`}</span></div>
    </form>
  );
}
