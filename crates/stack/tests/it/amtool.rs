use std::{collections::BTreeMap, fs};

use stack::{Amtool, AmtoolError, Part, need};

const CONFIG: &str = r#"
route:
  receiver: rest
  routes:
    - {matchers: ['team="a, \"b\""'], receiver: first, continue: true}
    - {matchers: ['team=~".+"'], receiver: second}
receivers: [{name: rest}, {name: first}, {name: second}]
"#;

fn labels(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

#[test]
fn amtool_judges_configurations_and_routes() {
    for part in [Part::Alertmanager25, Part::Alertmanager33] {
        let Some(located) = need(part) else { continue };
        let amtool = Amtool::new(&located);
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), CONFIG).unwrap();
        amtool.check_config(file.path()).unwrap();
        let route = |pairs: &[(&str, &str)]| amtool.route(file.path(), &labels(pairs)).unwrap();
        assert_eq!(route(&[]), ["rest"], "{part}");
        assert_eq!(route(&[("team", "c d"), ("severity", "page")]), ["second"], "{part}");
        assert_eq!(route(&[("team", "a, \"b\"")]), ["first", "second"], "{part}");

        fs::write(file.path(), CONFIG.replace("{name: second}", "{name: third}")).unwrap();
        let error = amtool.check_config(file.path()).unwrap_err();
        assert!(matches!(&error, AmtoolError::Invalid(said) if said.contains("undefined receiver")), "{part}: {error}");
        assert!(amtool.route(file.path(), &labels(&[])).is_err(), "{part}");
    }
}

#[test]
fn amtool_renders_templates() {
    for part in [Part::Alertmanager25, Part::Alertmanager33] {
        let Some(located) = need(part) else { continue };
        let amtool = Amtool::new(&located);
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("a.tmpl"), r#"{{ define "a.title" }}[{{ .Status }}] {{ .Receiver }}{{ end }}"#)
            .unwrap();
        let data = folder.path().join("data.json");
        fs::write(&data, r#"{"receiver": "page", "status": "firing", "alerts": []}"#).unwrap();
        let glob = folder.path().join("*.tmpl").display().to_string();
        let render = |text: &str| amtool.render(&glob, text, Some(&data));
        assert_eq!(render(r#"{{ template "a.title" . }}"#).unwrap().trim(), "[firing] page", "{part}");
        let error = render(r#"{{ template "b.title" . }}"#).unwrap_err();
        assert!(error.to_string().contains("b.title"), "{part}: {error}");
    }
}
