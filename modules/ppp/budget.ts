/**
 * A budget for the whole of a connect, in the place of ten requests a layer. Optional: who wants it calls useBudget().
 */

import { addExtra } from './extra';
import { MAX_CONFIGURE, RESTART_LAST_MS } from './fsm';
import { Link, Phase } from './link-types';
import { fail } from './phases';

export interface Budget {
  /** How long the link may take to carry IP, or to do so again, ms; 0 for as long as the layers take. */
  _budgetMs: number;
}

/** Gives a link a budget; before linkOpen. */
export function useBudget(link: Link): Budget {
  const budget: Budget = { _budgetMs: 0 };
  let giveUpAtMs = Infinity;

  function isOver(): boolean {
    return link._phase === Phase.Running || link._phase === Phase.Dead || link._phase === Phase.Terminate;
  }

  addExtra(link, {
    _input: function () {
      return false;
    },
    _network: function (ours) {
      if (!ours && (link._phase === Phase.Dead || link._phase === Phase.Running)) {
        // LCP is down: the link opens, or begins anew after it was up. A peer that begins anew before that has no more.
        const budgetMs = budget._budgetMs;
        giveUpAtMs = budgetMs ? link._nowMs + budgetMs : Infinity;
        link._maxConfigure = MAX_CONFIGURE + Math.ceil(budgetMs / RESTART_LAST_MS);
      }
    },
    _rejected: function () {},
    _poll: function () {
      if (link._nowMs >= giveUpAtMs && !isOver()) {
        const phase = link._phase;
        giveUpAtMs = Infinity;
        fail(
          link,
          phase === Phase.Establish ? 'no-answer' : phase === Phase.Authenticate ? 'auth-failed' : 'no-address',
        );
      }
    },
    _pollAt: function () {
      return isOver() ? Infinity : giveUpAtMs;
    },
  });
  return budget;
}
