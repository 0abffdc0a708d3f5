// How large the text is on this phone.

export type TextSize = '100' | '125' | '150';
const NAME = 'das-tern-text';

export function textSize(): TextSize {
  const found = localStorage.getItem(NAME);
  return found === '125' || found === '150' ? found : '100';
}

export function setTextSize(size: TextSize): void {
  localStorage.setItem(NAME, size);
  showTextSize();
}

export function showTextSize(): void {
  document.documentElement.classList.remove('text-125', 'text-150');
  if (textSize() !== '100') document.documentElement.classList.add(`text-${textSize()}`);
}
