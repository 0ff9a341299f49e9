import { ChevronDown } from 'lucide-react';

import { useServices } from '../../services/services.ts';
import { t } from '../../messages/index.ts';
import { Menu, MenuChoices } from '../../ui/menu.tsx';

export const menuTriggerClass =
  'tap flex h-8 min-w-0 items-center gap-1 rounded-sm px-2 text-sm text-muted transition-colors duration-120 hover:bg-hover hover:text-text data-[state=open]:bg-hover';

/** Chooses the model. `default` selects the first of the platform's models. */
export function ModelMenu({ model, onChoose }: { model: string; onChoose: (model: string) => void }) {
  const { models } = useServices().bootstrap;
  const current = models.find((entry) => entry.id === model) ?? (model === 'default' ? models[0] : undefined);
  const label = current?.label ?? model;
  return (
    <Menu
      side="top"
      label={t.composer.model}
      renderTrigger={(props) => (
        <button {...props} type="button" aria-label={`${t.composer.model}: ${label}`} className={menuTriggerClass}>
          <span className="truncate">{label}</span>
          <ChevronDown size={13} aria-hidden className="shrink-0 max-md:hidden" />
        </button>
      )}
    >
      <MenuChoices
        value={current?.id ?? model}
        choices={models.map((entry) => ({ value: entry.id, name: entry.label }))}
        onChoose={onChoose}
      />
    </Menu>
  );
}
