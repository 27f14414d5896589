"""netkit tune: settings searched for by Optuna, each trial a run of its own."""
