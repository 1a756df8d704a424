-- Every key leads with the clinic, so that a clinic is whole on one shard; and there is no trigger, which a
-- distributed table does not take.
DROP TRIGGER clinic_stock_event ON events;
ALTER TABLE events DROP CONSTRAINT events_pkey,
    ADD PRIMARY KEY (clinic, aggregate_type, aggregate_id, sequence);
SELECT create_distributed_table('clinic_heads', 'clinic');
SELECT create_distributed_table('events', 'clinic', colocate_with => 'clinic_heads');
UPDATE clinic_schema SET layout = 'distributed';
