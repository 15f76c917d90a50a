"""Every night: orders of the day into the warehouse, then the models that are built on them."""

from datetime import datetime, timedelta

from airflow.decorators import dag
from airflow.operators.bash import BashOperator

DBT = "dbt {command} --project-dir /opt/airflow/dbt --profiles-dir /opt/airflow/dbt --target warehouse"


@dag(
    schedule="0 2 * * *",
    start_date=datetime(2026, 1, 1),
    catchup=False,
    max_active_runs=1,
    default_args={"retries": 2, "retry_delay": timedelta(minutes=5)},
    tags=["orders"],
)
def daily_orders() -> None:
    """Seeds first: a model that is built on yesterday's orders would look sound."""
    load = BashOperator(task_id="load", bash_command=DBT.format(command="seed"))
    build = BashOperator(task_id="build", bash_command=DBT.format(command="run"))
    test = BashOperator(task_id="test", bash_command=DBT.format(command="test"))
    load >> build >> test


daily_orders()
