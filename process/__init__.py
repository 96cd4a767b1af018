"""What every process of ours begins with: settings, the connection to Temporal, logs, the signals that end it."""
