-- What was recorded is never altered or removed. Against whoever may drop a trigger this is
-- no defence; against a mistake it is. An engine without plpgsql goes without: Options.NoTriggers.
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	RAISE EXCEPTION 'what was recorded is never altered or removed: % on %', TG_OP, TG_TABLE_NAME;
END
$$;

CREATE TRIGGER fact_kept        BEFORE UPDATE OR DELETE ON fact        FOR EACH ROW EXECUTE FUNCTION refuse();
CREATE TRIGGER tile_kept        BEFORE UPDATE OR DELETE ON tile        FOR EACH ROW EXECUTE FUNCTION refuse();
CREATE TRIGGER idempotency_kept BEFORE UPDATE OR DELETE ON idempotency FOR EACH ROW EXECUTE FUNCTION refuse();
CREATE TRIGGER checkpoint_kept  BEFORE UPDATE OR DELETE ON checkpoint  FOR EACH ROW EXECUTE FUNCTION refuse();
CREATE TRIGGER cosignature_kept BEFORE UPDATE OR DELETE ON cosignature FOR EACH ROW EXECUTE FUNCTION refuse();
CREATE TRIGGER head_kept        BEFORE DELETE           ON head        FOR EACH ROW EXECUTE FUNCTION refuse();
CREATE TRIGGER head_forward     BEFORE UPDATE           ON head        FOR EACH ROW
	WHEN (NEW.size < OLD.size OR NEW.epoch < OLD.epoch OR NEW.origin <> OLD.origin OR NEW.log <> OLD.log) EXECUTE FUNCTION refuse();

CREATE TRIGGER fact_whole        BEFORE TRUNCATE ON fact        FOR EACH STATEMENT EXECUTE FUNCTION refuse();
CREATE TRIGGER tile_whole        BEFORE TRUNCATE ON tile        FOR EACH STATEMENT EXECUTE FUNCTION refuse();
CREATE TRIGGER idempotency_whole BEFORE TRUNCATE ON idempotency FOR EACH STATEMENT EXECUTE FUNCTION refuse();
CREATE TRIGGER checkpoint_whole  BEFORE TRUNCATE ON checkpoint  FOR EACH STATEMENT EXECUTE FUNCTION refuse();
CREATE TRIGGER cosignature_whole BEFORE TRUNCATE ON cosignature FOR EACH STATEMENT EXECUTE FUNCTION refuse();
CREATE TRIGGER head_whole        BEFORE TRUNCATE ON head        FOR EACH STATEMENT EXECUTE FUNCTION refuse();
CREATE TRIGGER payload_whole     BEFORE TRUNCATE ON payload     FOR EACH STATEMENT EXECUTE FUNCTION refuse();
