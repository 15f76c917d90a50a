select
    order_id,
    ordered_on,
    amount
from {{ ref('raw_orders') }}
where amount >= 0
