-- Whom an OpenID provider says that somebody is. The name is ours, and stays whatever it says later.
CREATE TABLE person_identity (
    issuer     text NOT NULL,
    subject    text NOT NULL,
    person_id  bigint NOT NULL UNIQUE REFERENCES person,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (issuer, subject)
);

-- The console notes who comes from a provider, and the role that the provider's word gives. Whoever
-- has a password is the command line's: no identity takes such a person over, and who may not write
-- a password may not write the role of somebody who has one.
CREATE FUNCTION refuse_identity_of_a_user() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM person WHERE id = NEW.person_id AND password IS NOT NULL) THEN
        RAISE EXCEPTION 'person % has a password and is no provider''s', NEW.person_id
            USING ERRCODE = 'ML014';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER no_identity_of_a_user BEFORE INSERT OR UPDATE ON person_identity
    FOR EACH ROW EXECUTE FUNCTION refuse_identity_of_a_user();

CREATE FUNCTION refuse_role_of_a_user() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.password IS NOT NULL AND NOT has_column_privilege('person', 'password', 'UPDATE') THEN
        RAISE EXCEPTION 'the role of person % is not the console''s to give', OLD.id
            USING ERRCODE = 'ML014';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER role_of_a_user BEFORE UPDATE OF role ON person
    FOR EACH ROW EXECUTE FUNCTION refuse_role_of_a_user();

GRANT INSERT (name, role), UPDATE (role) ON person TO ml_connector_console;
GRANT SELECT, INSERT (issuer, subject, person_id) ON person_identity TO ml_connector_console;
GRANT SELECT ON person_identity TO ml_connector_audit;
