// Sinks in the settings: names, kinds, and which keys belong to which kind.
#include <stdlib.h>

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "config/load.hpp"
#include "config/pages.hpp"

namespace oidor::config {
namespace {

using namespace std::chrono_literals;

struct FolderConfig {
    std::string folder = {};
    std::string format = "csv";
};
struct PostConfig {
    std::string url = {};
    Secret token = {};
};

std::vector<SinkKind> kinds() {
    static const auto folder =
        Spec<FolderConfig>("folder", "A folder.")
            .field(&FolderConfig::folder, {.key = "folder",
                                           .text = "Where.",
                                           .example = "/srv",
                                           .need = Need::Required,
                                           .format = Format::Path})
            .field(&FolderConfig::format,
                   {.key = "format", .text = "How.", .choices = {"csv", "jsonl"}});
    static const auto post =
        Spec<PostConfig>("post", "A post.")
            .field(&PostConfig::url,
                   {.key = "url", .text = "Where to.", .example = "https://a.example"})
            .field(&PostConfig::token, {.key = "token", .text = "A token."});
    return {to_sink_kind(folder), to_sink_kind(post)};
}

class Sinks : public testing::Test {
  protected:
    void SetUp() override {
        std::string pattern = (std::filesystem::temp_directory_path() / "sinks-XXXXXX").string();
        ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
        folder_ = pattern;
        inputs_.working_dir = pattern;
        inputs_.sinks = kinds();
    }
    void TearDown() override { std::filesystem::remove_all(folder_); }

    Result<Settings> load(std::string_view toml) {
        std::ofstream(folder_ / "oidor.toml", std::ios::binary) << toml;
        return config::load(inputs_);
    }
    std::string faults(std::string_view toml) {
        const auto settings = load(toml);
        EXPECT_FALSE(settings);
        return settings ? "" : settings.error().message;
    }

    std::filesystem::path folder_ = {};
    LoadInputs inputs_ = {};
};

TEST_F(Sinks, have_common_settings_and_those_of_their_kind) {
    const auto settings = load(R"(
[sinks.tablero]
kind = "folder"
folder = "salida"
tables = ["call_audits"]
batch_age = "2m"
[sinks.aviso]
kind = "post"
mask_phones = false
)");
    ASSERT_TRUE(settings) << settings.error().message;
    ASSERT_EQ(settings->sinks.size(), 2U);
    const auto& post = settings->sinks[0];
    EXPECT_EQ(post.name, "aviso");
    EXPECT_FALSE(post.common.mask_phones);
    EXPECT_EQ(post.common.tables.size(), 3U);
    EXPECT_FALSE(post.values.contains("format"));
    const auto& folder = settings->sinks[1];
    EXPECT_EQ(folder.common.kind, "folder");
    EXPECT_EQ(folder.common.tables, std::vector<std::string>{"call_audits"});
    EXPECT_EQ(folder.common.batch_age, 2min);
    EXPECT_EQ(folder.common.batch_size, 200);
    EXPECT_TRUE(folder.common.mask_phones);
    EXPECT_EQ(std::get<std::string>(folder.values.at("folder").value),
              (folder_ / "salida").string());
    EXPECT_EQ(std::get<std::string>(folder.values.at("format").value), "csv");
    EXPECT_TRUE(settings->values.contains("sinks.tablero.folder"));
}

TEST_F(Sinks, come_from_the_environment_too) {
    inputs_.environment = {{"OIDOR_SINKS_TABLERO_KIND", "folder"},
                           {"OIDOR_SINKS_TABLERO_FOLDER", "/srv/x"},
                           {"OIDOR_SINKS_TABLERO_TABLES", "call_audits, call_recordings"}};
    const auto settings = load("");
    ASSERT_TRUE(settings) << settings.error().message;
    ASSERT_EQ(settings->sinks.size(), 1U);
    EXPECT_EQ(settings->sinks[0].name, "tablero");
    EXPECT_EQ(settings->sinks[0].common.tables.size(), 2U);
}

TEST_F(Sinks, without_any_there_are_none) {
    const auto settings = load("");
    ASSERT_TRUE(settings);
    EXPECT_TRUE(settings->sinks.empty());
}

TEST_F(Sinks, faults_name_the_key_and_the_cure) {
    EXPECT_NE(faults("[sinks.tablero]\n").find("sinks.tablero.kind: is needed and not set"),
              std::string::npos);
    EXPECT_NE(faults("[sinks.tablero]\nkind = \"folder\"\n")
                  .find("sinks.tablero.folder: is needed and not set: put it into the file, or "
                        "into OIDOR_SINKS_TABLERO_FOLDER"),
              std::string::npos);
    EXPECT_NE(faults("[sinks.tablero]\nkind = \"lake\"\n").find("has only folder, post"),
              std::string::npos);
    EXPECT_NE(faults("[sinks.tablero]\nkind = \"post\"\nfolder = \"/x\"\n")
                  .find("sinks.tablero.folder: is no setting of the kind post"),
              std::string::npos);
    EXPECT_NE(faults("[sinks.tablero]\nkind = \"post\"\ntabels = []\n")
                  .find("did you mean sinks.tablero.tables"),
              std::string::npos);
    EXPECT_NE(faults("[sinks.tablero]\nkind = \"post\"\ntables = [\"calls\"]\n")
                  .find("must be one of call_recordings"),
              std::string::npos);
    EXPECT_NE(faults("[sinks.Tablero]\nkind = \"post\"\n").find("a sink's name is a-z and 0-9"),
              std::string::npos);
    EXPECT_NE(faults("[sinks]\nkind = \"post\"\n").find("is written sinks.<name>.<key>"),
              std::string::npos);
    inputs_.environment = {{"OIDOR_SINKS_TABLERO_FOLDR", "/x"}};
    EXPECT_NE(faults("").find("did you mean OIDOR_SINKS_TABLERO_FOLDER"), std::string::npos);
}

TEST_F(Sinks, are_on_every_page) {
    const auto all = kinds();
    const auto reference = format_reference({}, all);
    EXPECT_NE(reference.find("## Sinks"), std::string::npos);
    EXPECT_NE(reference.find("`OIDOR_SINKS_<NAME>_MASK_PHONES`"), std::string::npos);
    EXPECT_NE(reference.find("### kind = \"folder\""), std::string::npos);
    const auto sample = format_sample({}, all);
    EXPECT_NE(sample.find("# sinks.folder.folder = \"/srv\""), std::string::npos);
    const auto schema = format_schema({}, all);
    EXPECT_NE(schema.find("call_transcriptions"), std::string::npos);
}

}  // namespace
}  // namespace oidor::config
