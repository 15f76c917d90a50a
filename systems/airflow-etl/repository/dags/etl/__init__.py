"""What the DAGs do, as functions that need no Airflow: each can be tested by itself."""
